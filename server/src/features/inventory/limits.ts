// Limits and times of the inventory feature, with their units.

/** Packages of one device, rows. A full desktop has about 5,000. */
export const MAX_DEVICE_PACKAGES = 100_000;
/** Bodies of one offer, inflated: what they cost to check, bytes. */
export const MAX_OFFER_BYTES = 16 * 1024 * 1024;
/** Bodies of one device in a day, inflated, bytes: sixteen of the largest offers. */
export const MAX_BODY_BYTES_A_DAY = 256 * 1024 * 1024;
/** Rows that are checked or prepared at once before everybody else gets a turn; about 10 ms. */
export const PIECE_ROWS = 1_000;
/** Bodies of all outstanding offers of this process, as kept: slices compressed, package parts as rows, bytes. */
export const MAX_PENDING_BYTES = 128 * 1024 * 1024;
/** Outstanding offers of this process. */
export const MAX_PENDING_OFFERS = 20_000;
/**
 * Offers of this process whose bodies are on their way or being stored; the others wait. With a full list of a large server each
 * they are about 16 MB on the sockets; a round of them takes a fraction of a second.
 */
export const MAX_ASKED_OFFERS = 64;
/** Hashes a session was asked for that are remembered, so that a body sent twice is no offense. */
export const MAX_WANTED_HASHES = 512;
/** An offer without a new body for this long is forgotten, and what was wanted after the same time, ms. */
export const OFFER_TIMEOUT_MS = 60_000;
/** An offer that is not complete so long after it began is forgotten, however busily its bodies come, ms. */
export const OFFER_DEADLINE_MS = 15 * 60_000;
/** Offers that are stored in one transaction. */
export const MAX_BATCH_OFFERS = 200;
/** Packages stored by one statement. */
export const STATEMENT_PACKAGES = 5_000;
/** Offers of which one statement asks what is known. */
export const MAX_LOOKUP_OFFERS = 64;
/** Longest wait of an offer for others to share that statement with, ms. */
export const LOOKUP_WAIT_MS = 10;
/** How often outstanding offers are looked through, ms. */
export const OFFER_SWEEP_MS = 10_000;
/** Shortest time between two asks to one session, ms. */
export const ASK_AGAIN_MS = 60_000;
/** Offers one session may make in a minute. */
export const MAX_OFFERS_PER_MINUTE = 30;

/** Longest package name and source, UTF-16 units; real ones end below 150. */
export const MAX_PACKAGE_NAME_CHARS = 255;
/** Longest version, UTF-16 units. */
export const MAX_PACKAGE_VERSION_CHARS = 255;
/** Longest architecture and status, UTF-16 units. */
export const MAX_PACKAGE_WORD_CHARS = 64;

/** Live questions of this process that wait for an answer. */
export const MAX_LIVE_QUESTIONS = 500;
/** Live questions of one session that wait for an answer. */
export const MAX_LIVE_PER_SESSION = 4;
/** Longest wait for the answer to a live question, ms. */
export const LIVE_TIMEOUT_MS = 10_000;

/** Changes of one page of a timeline. */
export const MAX_TIMELINE_CHANGES = 100;
/** Rows listed of one change; the numbers beside them count all. */
export const MAX_CHANGE_ROWS = 100;
/** Bodies one page of a timeline or one diff reads, bytes before compression. */
export const MAX_COMPARED_BYTES = 16 * 1024 * 1024;
/** Slices whose facts for expressions are remembered; about 200 bytes each. */
export const MAX_KNOWN_SLICES = 10_000;
/** Devices whose summary is read at once. */
export const MAX_SUMMARY_DEVICES = 1_000;

/** Content to which nothing refers is kept so long after that was found, ms. */
export const UNUSED_GRACE_MS = 24 * 3_600_000;
/** An offer whose hashes were looked up longer ago is not stored: what was known then may be gone, ms. Far below the grace. */
export const MAX_SUBMISSION_AGE_MS = 3_600_000;
/** When unused content is first looked for after a start, and how often then, ms. */
export const UNUSED_FIRST_MS = 20 * 60_000;
export const UNUSED_SWEEP_MS = 6 * 3_600_000;
/** Rows deleted in one transaction, and transactions of one sweep and table. */
export const UNUSED_BATCH = 2_000;
export const MAX_UNUSED_BATCHES = 50;

/** Roots read at once when a controller starts. */
export const ROOTS_PAGE = 10_000;
/** Devices whose root waits to be read; the next ones are asked for an offer instead. */
export const MAX_PENDING_ROOTS = 100_000;
