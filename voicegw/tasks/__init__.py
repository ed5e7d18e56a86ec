"""Tasks: types, assigning, cadence plans, triggers and their times. What calls leave to be done is
`voicegw.calls.follow_up`; the records are in `voicegw.model.task`."""
