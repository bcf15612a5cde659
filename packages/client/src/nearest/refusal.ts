/** The status that can be an answer of the edge as a whole rather than about what was asked. */
const ofEdge: ReadonlySet<number> = new Set([401, 503]);

export interface CodedAnswer {
  readonly response: Response;
  /** Of an answer of these statuses. */
  readonly code: string | null;
}

/** The answer, and its code where that decides what happens next. Only such an answer is read here. */
export async function readCode(response: Response): Promise<CodedAnswer> {
  if (!ofEdge.has(response.status)) return { response, code: null };
  const text = await response.text();
  return { response: new Response(text, { status: response.status, headers: response.headers }), code: codeIn(text) };
}

/** Of a problem, or of an error of tRPC. */
function codeIn(text: string): string | null {
  try {
    const body = JSON.parse(text) as Body | null;
    const code = body?.code ?? body?.error?.data?.jzse?.code;
    return typeof code === 'string' ? code : null;
  } catch {
    return null;
  }
}
interface Body {
  readonly code?: unknown;
  readonly error?: { readonly data?: { readonly jzse?: { readonly code?: unknown } } };
}
