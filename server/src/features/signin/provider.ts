// A provider of OpenID Connect, as the rest of signing in sees it.

/** Who came back from the provider. */
export interface ProviderIdentity {
  readonly issuer: string;
  /** `sub`: the only name that a provider never gives to another. */
  readonly subject: string;
  /** What it calls the person, for people. */
  readonly name: string;
  /** When the person last signed in there, ms since 1970; null: it does not say. */
  readonly authenticatedMs: number | null;
}

/** What a way to the provider and back needs to be the same one. */
export interface ProviderFlow {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
}

/** The provider. */
export interface Provider {
  /** Stands in addresses. */
  readonly id: string;
  /** For the button. */
  readonly name: string;
  /** Where the browser goes, and what to keep until it comes back; `isFresh`: the person must sign in anew there. @throws MusterError E_PROVIDER */
  begin(isFresh: boolean): Promise<{ readonly url: string; readonly flow: ProviderFlow }>;
  /** Who came back. @throws MusterError E_PROVIDER */
  finish(query: string, flow: ProviderFlow, isFresh: boolean): Promise<ProviderIdentity>;
}
