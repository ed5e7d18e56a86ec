"""The section of the object storage that recordings may be brought to."""

from __future__ import annotations

from pydantic import Field, SecretStr

from config.sections import Secret, Section


class StorageSettings(Section):
    """How an object storage named by recording.storage is reached (s3://…)."""

    endpoint: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="Address of a storage that speaks S3 and is not Amazon's, such as "
        "https://minio.example.net:9000. Empty: AWS_ENDPOINT_URL, else Amazon's.",
    )
    region: str = Field(default="", description="Region of the bucket. Empty: AWS_REGION.")
    access_key: str = Field(
        default="", description="Id of the access key. Empty: AWS_ACCESS_KEY_ID."
    )
    secret_key: Secret = Field(
        default=SecretStr(""),
        description="The secret to it; better secret_key_file, a file that holds it. Empty: "
        "AWS_SECRET_ACCESS_KEY.",
    )
    path_style: bool = Field(
        default=True,
        description="Whether the bucket is part of the path, which any storage understands, or of "
        "the host name.",
    )
    timeout_s: float = Field(
        default=120, gt=0, description="Seconds that one request may take, with up to 8 MiB in it."
    )
