// Enrollment: owns enrollment tokens, and decides which device may join.
export { registerEnrollmentRoutes } from './routes.ts';
export { createEnrolling } from './service.ts';
