// Media types of everything that is signed: one a kind, so that a welcome can never pass as a trust document.

/** The signed part of `welcome`. */
export const WELCOME_TYPE = 'application/vnd.muster.welcome.v1+json';
/** The signed part of `enrolled`. */
export const ENROLLED_TYPE = 'application/vnd.muster.enrolled.v1+json';
/** A checkpoint of the audit. */
export const AUDIT_CHECKPOINT_TYPE = 'application/vnd.muster.audit-checkpoint.v1+json';
/** A trust document. */
export const TRUST_TYPE = 'application/vnd.muster.trust.v1+json';
