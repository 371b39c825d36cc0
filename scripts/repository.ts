// The repository's public address, which package.json names in one place (`repository`), or GitHub Actions where it releases.
// Where neither does, a package has no such address, and its documents link to nothing outside of it.

export interface Repository {
  /** Without ".git". */
  url: string;
  homepage: string;
  bugs: string;
  /** Address of a file or folder as of a tag. */
  file(path: string, tag: string): string;
}

type Field = string | { url?: string } | undefined;

/** As npm writes it: `github:owner/name`, `owner/name`, an address, or an object with one. */
export function repositoryOf(field: Field, env: NodeJS.ProcessEnv = process.env): Repository | undefined {
  const named = typeof field === 'object' ? field.url : field;
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = env;
  const given =
    named ?? (GITHUB_SERVER_URL && GITHUB_REPOSITORY ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}` : undefined);
  if (given === undefined) return undefined;
  const url = given
    .replace(/^(?:github:)?([\w.-]+\/[\w.-]+)$/, 'https://github.com/$1')
    .replace(/^git\+/, '')
    .replace(/\.git$/, '');
  return {
    url,
    homepage: `${url}#readme`,
    bugs: `${url}/issues`,
    file: (path, tag) => `${url}/blob/${tag}/${path}`,
  };
}

/** Fields of package.json that follow from the address. */
export function repositoryFields(repository: Repository | undefined): Record<string, unknown> {
  if (repository === undefined) return {};
  const { url, homepage, bugs } = repository;
  return { homepage, bugs: { url: bugs }, repository: { type: 'git', url: `git+${url}.git` } };
}

/** Links and images of Markdown, of Markdown in Markdown, and of HTML in it: what comes before the target, it, and what follows. */
const LINK = /(\]\(|(?:src|href)=")([^)"\s]+)(\)|")/g;

/** Targets of the relative links in a page, without their anchors, as paths from the root. */
export function relativeTargets(text: string, page: string): string[] {
  return [...text.matchAll(LINK)].flatMap(([, , target]) => pathOf(target!, page) ?? []);
}

/**
 * A page as it is packed: each relative link to a file that is not `packed` becomes the repository's address, or text where that
 * is not known. With `absolute` every relative link becomes an address, as a registry's page needs it.
 */
export function packedPage(
  text: string,
  page: string,
  packed: (path: string) => boolean,
  { repository, tag, absolute = false }: { repository: Repository | undefined; tag: string; absolute?: boolean },
): string {
  const cloned = repository === undefined ? text : text.replace('git clone …', `git clone ${repository.url}.git`);
  if (repository !== undefined)
    return cloned.replace(LINK, (whole, before: string, target: string, after: string) => {
      const path = pathOf(target, page);
      if (path === undefined || (!absolute && packed(path))) return whole;
      return `${before}${repository.file(path, tag)}${/#.*/.exec(target)?.[0] ?? ''}${after}`;
    });
  return text.replace(/\[([^\]]*)\]\(([^)\s]+)\)/g, (whole, words: string, target: string) => {
    const path = pathOf(target, page);
    return path === undefined || packed(path) ? whole : words;
  });
}

/** Undefined for an address, and for an anchor of the page itself. */
function pathOf(target: string, page: string): string | undefined {
  if (/^(?:[a-z][a-z0-9+.-]*:|#|\/)/i.test(target)) return undefined;
  const { pathname } = new URL(target, `file:///${page}`);
  try {
    return decodeURIComponent(pathname.slice(1));
  } catch {
    // What looks like a link within code.
    return undefined;
  }
}
