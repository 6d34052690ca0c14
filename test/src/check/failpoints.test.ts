// Quick form of the check of every place in which the processes of a device can die.
import { testChecks } from './quick.ts';

testChecks('failpoints');
