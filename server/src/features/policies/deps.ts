// What the delivery of policies is handed besides what planning needs.
import type { AnswerDurable } from '../../core/agents/durable.ts';
import type { Fenced } from '../../core/lease.ts';
import type { Logger } from '../../core/log.ts';
import type { SessionFence } from '../devices/index.ts';
import type { Fleet } from '../fleet/index.ts';
import type { PoliciesDeps } from './present.ts';

/** For devices that are told what is in force. */
export interface DeliveryDeps extends Omit<PoliciesDeps, 'fleet' | 'devices'> {
  readonly log: Logger;
  readonly trust: PoliciesDeps['trust'] & {
    /** Called after each update is in force. */
    onChange(listener: () => void): void;
  };
  readonly fleet: Pick<Fleet, 'watch' | 'count' | 'isReady'>;
}

/** For what devices say that they hold. */
export interface StatesDeps extends Pick<PoliciesDeps, 'sql' | 'clock'> {
  readonly answerDurable: AnswerDurable;
  /** With several processes: refuses what the older session of a device brings. */
  readonly fence?: SessionFence;
}

/** All that the feature is handed. */
export interface AllDeps extends Omit<DeliveryDeps, 'fleet'>, StatesDeps {
  readonly fleet: Pick<Fleet, 'sets' | 'watch' | 'count' | 'isReady'>;
  readonly devices: PoliciesDeps['devices'];
  /** How waves are stored when another process may have taken the work over. */
  readonly fenced?: Fenced;
}
