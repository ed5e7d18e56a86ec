import { alertMends, alertTitles } from "../../../../text/alerts";
import { isWord, type Translate, useText, type Words } from "../../../../text/words";

/** A code of the API in words; one that is not known here stays as it is. */
export function codeText<Name extends string>(
  of: Words<Name>,
  t: Translate<Name>,
  code: string,
): string {
  return isWord(of, code) ? t(code) : code;
}

/** `trunk-down/lab` is the alert `trunk-down` about `lab`. */
export function splitSlug(slug: string): { kind: string; about: string | null } {
  const place = slug.indexOf("/");
  return place < 0
    ? { kind: slug, about: null }
    : { kind: slug.slice(0, place), about: slug.slice(place + 1) };
}

/** How alerts are said: what is wrong, and what mends it. */
export function useAlertText(): (slug: string) => { title: string; mend: string | null } {
  const title = useText(alertTitles);
  const mend = useText(alertMends);
  return (slug) => {
    const { kind, about } = splitSlug(slug);
    const said = codeText(alertTitles, title, kind);
    return {
      title: about === null ? said : `${said} · ${about}`,
      mend: isWord(alertMends, kind) ? mend(kind) : null,
    };
  };
}
