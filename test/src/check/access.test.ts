// Quick forms of the checks about who may do what.
import { testChecks } from './quick.ts';

testChecks('access');
