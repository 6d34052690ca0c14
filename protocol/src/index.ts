// Everything agent, server, CLI and console share; the schemas themselves stand in ./schemas.ts.
export * from './audit/checkpoint.ts';
export * from './audit/entry.ts';
export * from './audit/tree.ts';
export * from './capability.ts';
export * from './chunk/crc32.ts';
export * from './chunk.ts';
export * from './codec.ts';
export * from './document-types.ts';
export * from './errors.ts';
export * from './frames.ts';
export * from './frozen.ts';
// Inventory: bodies and roots, then one file a section with what its columns mean.
export * from './inventory/body.ts';
export * from './inventory/parts.ts';
export * from './inventory/root.ts';
export * from './inventory/section.ts';
export * from './inventory/sections/agent_budget.ts';
export * from './inventory/sections/block_devices.ts';
export * from './inventory/sections/cpu_info.ts';
export * from './inventory/sections/dns_resolvers.ts';
export * from './inventory/sections/groups.ts';
export * from './inventory/sections/interface_addresses.ts';
export * from './inventory/sections/interface_details.ts';
export * from './inventory/sections/kernel_info.ts';
export * from './inventory/sections/kernel_modules.ts';
export * from './inventory/sections/listening_ports.ts';
export * from './inventory/sections/logged_in_users.ts';
export * from './inventory/sections/memory_devices.ts';
export * from './inventory/sections/memory_info.ts';
export * from './inventory/sections/mounts.ts';
export * from './inventory/sections/os_version.ts';
export * from './inventory/sections/package_sources.ts';
export * from './inventory/sections/packages.ts';
export * from './inventory/sections/pending_reboot.ts';
export * from './inventory/sections/platform_info.ts';
export * from './inventory/sections/processes.ts';
export * from './inventory/sections/routes.ts';
export * from './inventory/sections/system_info.ts';
export * from './inventory/sections/systemd_units.ts';
export * from './inventory/sections/time_settings.ts';
export * from './inventory/sections/users.ts';
export * from './inventory/sections/video_info.ts';
export * from './inventory/sections/virtualization.ts';
export * from './inventory/sections.ts';
export * from './limits.ts';
// Messages: types only; their schemas would bring a library along.
export type * from './messages/enrollment.ts';
export type * from './messages/inventory.ts';
export type * from './messages/metrics.ts';
export type * from './messages/runs.ts';
export type * from './messages/session.ts';
// Measurements: what there is, and in which series it travels.
export * from './metrics/catalog.ts';
export * from './metrics/rules.ts';
export * from './metrics/series.ts';
export * from './piece.ts';
export * from './reconnect.ts';
export * from './run.ts';
// What a server signs for one session.
export * from './signed.ts';
// Signing: texts that have one form only, keys, envelopes, trust documents; passkeys for pages.
export * from './signing/base64url.ts';
export * from './signing/bytes.ts';
export * from './signing/classes.ts';
export * from './signing/crypto.ts';
export * from './signing/envelope.ts';
export * from './signing/keys.ts';
export * from './signing/passkey.ts';
export * from './signing/passkey-sign.ts';
export * from './signing/session-transcript.ts';
export * from './signing/sha256.ts';
export * from './signing/strict-json.ts';
export * from './signing/trust.ts';
export * from './signing/trust-chain.ts';
export * from './signing/trust-check.ts';
export * from './time.ts';
// The order of versions, as each packager has it.
export * from './versions/index.ts';
