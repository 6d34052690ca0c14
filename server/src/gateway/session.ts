// Moved: the contract between gateway and features lies in core/agents.
export * from '../core/agents/session.ts';
