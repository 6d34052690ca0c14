// Every page of the console, in the order of the navigation.
import { actPage } from './act/page.ts';
import { alertsPage } from './alerts/page.ts';
import { approvalsPage } from './approvals/page.ts';
import { auditPage } from './audit/page.ts';
import { compliancePage } from './compliance/page.ts';
import { devicePage } from './device/page.ts';
import { devicesPage } from './devices/page.ts';
import { enrollmentPage } from './enrollment/page.ts';
import { groupPage } from './group/page.ts';
import { groupsPage } from './groups/page.ts';
import { haltsPage } from './halts/page.ts';
import { helpPage } from './help/page.ts';
import { homePage } from './home/page.ts';
import { jobPage } from './job/page.ts';
import { jobsPage } from './jobs/page.ts';
import { mePage } from './me/page.ts';
import type { Page } from './page.ts';
import { peoplePage } from './people/page.ts';
import { policiesPage } from './policies/page.ts';
import { policyPage } from './policy/page.ts';
import { policyEditPage, policyNewPage } from './policy-edit/page.ts';
import { scriptsPage } from './scripts/page.ts';
import { settingsPage } from './settings/page.ts';
import { setupPage } from './setup/page.ts';
import { signInPage } from './sign-in/page.ts';
import { trustPage } from './trust/page.ts';

export const pages: readonly Page[] = [
  homePage,
  devicesPage,
  devicePage,
  groupsPage,
  groupPage,
  alertsPage,
  enrollmentPage,
  actPage,
  jobsPage,
  jobPage,
  scriptsPage,
  approvalsPage,
  haltsPage,
  policiesPage,
  compliancePage,
  policyPage,
  policyEditPage,
  policyNewPage,
  trustPage,
  auditPage,
  peoplePage,
  settingsPage,
  mePage,
  helpPage,
  signInPage,
  setupPage,
];
