// Enrollment: owns enrollment tokens, and decides which device may join.
export { registerEnrollmentRoutes } from './routes.ts';
export { createEnrollDevice, type EnrollmentDeps, makeToken } from './service.ts';
