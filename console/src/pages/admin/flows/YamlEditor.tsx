import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import styles from "./flows.module.css";
import type { ToldProblem } from "./useToldProblems";

export interface YamlEditorProps {
  label: string;
  value: string;
  onChange(value: string): void;
  problems: readonly ToldProblem[];
  /** The line to go to; each new object goes there anew. */
  goTo: { line: number } | null;
  isReadOnly: boolean;
}

/** Colours by the page's tokens; CodeMirror puts its rules into sheets of its own, never inline. */
const theme = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--surface)", color: "var(--ink)" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-gutters": {
    backgroundColor: "var(--surface)",
    color: "var(--ink-3)",
    borderRight: "1px solid var(--line)",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--surface-2)" },
  // What is around it is framed: its own frame lies below the numbers of the lines.
  "&.cm-focused": { outline: "none" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--accent-soft) !important",
  },
  ".cm-tooltip": {
    border: "1px solid var(--line)",
    borderRadius: "var(--radius-m)",
    backgroundColor: "var(--surface)",
    color: "var(--ink)",
    boxShadow: "var(--shadow-high)",
  },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
});
const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: tags.comment, color: "var(--ink-3)" },
  { tag: [tags.punctuation, tags.separator, tags.bracket], color: "var(--ink-2)" },
]);

/** An editor of YAML that marks problems at their lines. Tab indents; Esc, then Tab, leaves it. */
export default function YamlEditor(props: YamlEditorProps) {
  const { label, value, problems, goTo, isReadOnly } = props;
  const parent = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(null);
  const writable = useRef(new Compartment());
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    const host = parent.current;
    if (host === null) return undefined;
    // In a shadow root its rules become constructed sheets; in the document they would be <style>
    // elements, which the policy of the page refuses.
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    const view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          lineNumbers(),
          lintGutter(),
          history(),
          highlightActiveLine(),
          yaml(),
          syntaxHighlighting(colours),
          theme,
          keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
          EditorState.tabSize.of(2),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": latest.current.label }),
          writable.current.of([]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    // It scrolls, so the keyboard must reach it where the text is read only, too.
    view.scrollDOM.tabIndex = 0;
    editor.current = view;
    host.addEventListener("keydown", keepLetters);
    return () => {
      editor.current = null;
      host.removeEventListener("keydown", keepLetters);
      view.destroy();
    };
  }, []);
  useEffect(() => {
    const view = editor.current;
    if (view === null || view.state.doc.toString() === value) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
  }, [value]);
  useEffect(() => {
    const only = [EditorState.readOnly.of(true), EditorView.editable.of(false)];
    editor.current?.dispatch({
      effects: writable.current.reconfigure(isReadOnly ? only : []),
    });
  }, [isReadOnly]);
  useEffect(() => {
    const view = editor.current;
    if (view === null) return;
    view.dispatch(setDiagnostics(view.state, diagnosticsOf(problems, view.state)));
  }, [problems]);
  useEffect(() => {
    const view = editor.current;
    if (view === null || goTo === null) return;
    const line = view.state.doc.line(Math.min(Math.max(goTo.line, 1), view.state.doc.lines));
    view.dispatch({
      selection: { anchor: line.from },
      effects: EditorView.scrollIntoView(line.from, { y: "center" }),
    });
    view.focus();
  }, [goTo]);
  return <div ref={parent} className={styles.editor} data-label={label} />;
}

/** What is typed is no shortcut of the page, which can't see that it comes from a text. */
function keepLetters(event: KeyboardEvent): void {
  if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
}

function diagnosticsOf(problems: readonly ToldProblem[], { doc }: EditorState): Diagnostic[] {
  return problems
    .filter(({ line }) => line <= doc.lines)
    .map(({ line, text: said, mend }) => {
      const { from, to, text } = doc.line(line);
      const indent = text.length - text.trimStart().length;
      const message = mend === null ? said : `${said}; ${mend}`;
      return { from: from + indent, to, severity: "error", message };
    });
}
