/** What an access token says of itself. Nothing here decides whether it is good; only the server can. */

export interface Life {
  /** From issue to expiry, in milliseconds. */
  lifetime: number;
  /** When it ends, in milliseconds since 1970. */
  end: number;
}

function claimsOf(token: string): Record<string, unknown> {
  try {
    return JSON.parse(atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return {};
  }
}

/** What a token says of its life; nothing where it cannot be read. */
export function lifeOf(token: string): Life | undefined {
  const { exp, iat, origIat } = claimsOf(token) as Partial<Record<'exp' | 'iat' | 'origIat', number>>;
  const lifetime = (exp! - (iat ?? origIat)!) * 1000;
  return lifetime > 0 ? { lifetime, end: exp! * 1000 } : undefined;
}

/** Whether `token` is of the same session as the one `before`. */
export function continues(token: string, before: string): boolean {
  const session = claimsOf(before).sid;
  return session === undefined || claimsOf(token).sid === session;
}
