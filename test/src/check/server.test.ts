// Quick forms of the checks about a server and its network.
import { testChecks } from './quick.ts';

testChecks('server');
