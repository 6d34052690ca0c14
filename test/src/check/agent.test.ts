// Quick forms of the checks that kill the real processes of a device.
import { testChecks } from './quick.ts';

testChecks('agent');
