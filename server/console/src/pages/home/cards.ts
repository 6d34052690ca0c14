// The cards of the home page, in their order.
import { AlertsCard } from './Alerts.tsx';
import { BusiestCard } from './Busiest.tsx';
import { ComplianceCard } from './Compliance.tsx';
import type { HomeCard } from './card.ts';
import { FleetCard } from './Fleet.tsx';
import { JobsCard } from './Jobs.tsx';
import { SecurityCard } from './Security.tsx';
import { StepsCard } from './Steps.tsx';

export const cards: readonly HomeCard[] = [
  { id: 'steps', isWide: true, Content: StepsCard },
  { id: 'fleet', permission: 'devices.read', isWide: true, Content: FleetCard },
  { id: 'alerts', permission: 'alerts.read', Content: AlertsCard },
  { id: 'jobs', permission: 'jobs.read', Content: JobsCard },
  { id: 'compliance', permission: 'devices.read', Content: ComplianceCard },
  { id: 'security', Content: SecurityCard },
  { id: 'busiest', permission: 'metrics.read', Content: BusiestCard },
];
