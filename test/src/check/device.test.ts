// Quick forms of the checks about a device alone.
import { testChecks } from './quick.ts';

testChecks('device');
