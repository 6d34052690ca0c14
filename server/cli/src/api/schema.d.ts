// Types of the server's API, generated from docs/openapi.json by `pnpm generate`; do not edit.
export interface paths {
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The OpenAPI document */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process lives */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            state: string;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The server can do its work */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            state: string;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Figures for Prometheus */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/checks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show whether the server is set up well */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Version of the server. */
                            version: string;
                            checks: {
                                /** @description What was looked at. */
                                id: "database" | "clock" | "tls" | "disk" | "mail" | "rootKey";
                                /** @description As it should be, worth a look, or trouble. */
                                state: "good" | "warn" | "bad";
                                /** @description One word for what was found; the console has the sentence and the remedy. */
                                reason: string;
                                /** @description What was measured or said: a name, a date, a size in bytes; may be empty. */
                                value: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/ways": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List ways for messages */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            ways: {
                                /** @description Way id. */
                                id: string;
                                /** @description Name for people; no two have the same. */
                                name: string;
                                /** @description How messages go. */
                                kind: "mail" | "webhook";
                                /** @description Addresses of mail; of a webhook, its host. */
                                targets: string[];
                                /** @description False: nothing goes this way. */
                                enabled: boolean;
                                /** @description Who made it. */
                                createdBy: string;
                                /**
                                 * Format: date-time
                                 * @description When it was changed last.
                                 */
                                changedAt: string;
                            }[];
                            mail: {
                                /** @description False: the server has no mail settings, so no mail can be sent. */
                                configured: boolean;
                                /** @description Sender of mails; empty when there are no settings. */
                                from: string;
                            };
                        };
                    };
                };
            };
        };
        put?: never;
        /** Make a way for messages */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description A way to be made: mail with `to`, or a webhook with `url`. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Name for people; no two have the same. */
                        name: string;
                        kind: "mail" | "webhook";
                        /** @description Addresses of mail. */
                        to?: string[];
                        /** @description Where a webhook goes: https; to networks of your own and to this machine, there also http, only as the setting `webhookReach` of the server says. Not shown again as a whole. */
                        url?: string;
                        /** @description Key of the signatures (Standard Webhooks), which is not shown again; one is made where none is given. */
                        secret?: string;
                    };
                };
            };
            responses: {
                /** @description A way, with the secret that was made for it. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description A way for messages, without its secret. */
                            way: {
                                /** @description Way id. */
                                id: string;
                                /** @description Name for people; no two have the same. */
                                name: string;
                                /** @description How messages go. */
                                kind: "mail" | "webhook";
                                /** @description Addresses of mail; of a webhook, its host. */
                                targets: string[];
                                /** @description False: nothing goes this way. */
                                enabled: boolean;
                                /** @description Who made it. */
                                createdBy: string;
                                /**
                                 * Format: date-time
                                 * @description When it was changed last.
                                 */
                                changedAt: string;
                            };
                            /** @description The key that was made for the signatures; shown this once. Null: none was made. */
                            secret: string | null;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/ways/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a way */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Way id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /** Change a way */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Way id. */
                    id: string;
                };
                cookie?: never;
            };
            /** @description What changes of a way; what is not named stays. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Name for people; no two have the same. */
                        name?: string;
                        /** @description Addresses of mail. */
                        to?: string[];
                        /** @description Where a webhook goes: https; to networks of your own and to this machine, there also http, only as the setting `webhookReach` of the server says. Not shown again as a whole. */
                        url?: string;
                        /** @description Key of the signatures (Standard Webhooks), which is not shown again; one is made where none is given. */
                        secret?: string;
                        /** @description False: nothing goes this way. */
                        enabled?: boolean;
                    };
                };
            };
            responses: {
                /** @description A way for messages, without its secret. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Way id. */
                            id: string;
                            /** @description Name for people; no two have the same. */
                            name: string;
                            /** @description How messages go. */
                            kind: "mail" | "webhook";
                            /** @description Addresses of mail; of a webhook, its host. */
                            targets: string[];
                            /** @description False: nothing goes this way. */
                            enabled: boolean;
                            /** @description Who made it. */
                            createdBy: string;
                            /**
                             * Format: date-time
                             * @description When it was changed last.
                             */
                            changedAt: string;
                        };
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/notifications/ways/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a trial message; the log says what became of it */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Way id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Message id. */
                            message: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List which alerts go which ways */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            rules: {
                                /** @description Rule id. */
                                id: string;
                                /** @description Name for people; no two have the same. */
                                name: string;
                                /** @description Expression that holds for the devices; null: every device. */
                                on: string | null;
                                /** @description Alerts of which severity. */
                                severities: ("warning" | "critical")[];
                                /** @description Ids of the ways that messages go. */
                                ways: string[];
                                /** @description Also tell when an alert has ended. */
                                tellEnds: boolean;
                                /** @description Alerts are gathered for so long into one message, s. */
                                waitSeconds: number;
                                /** @description At most one message in so long, s; an end must hold for so long before it is told. */
                                everySeconds: number;
                                /** @description Quiet hours; null: none. */
                                quiet: {
                                    /** @description Time of day, 22:00. */
                                    from: string;
                                    /** @description Time of day, 22:00. */
                                    to: string;
                                    /** @description Time zone by its IANA name, as Europe/Berlin; the hours are those of its clocks. */
                                    zone: string;
                                    /** @description Critical alerts are told all the same. */
                                    exceptCritical: boolean;
                                } | null;
                                /** @description False: the rule tells nothing. */
                                enabled: boolean;
                                /** @description all: it tells of every device that it means. some: who saved it last may see alerts of some devices only now, and it tells of these. none: he may see none, so it tells nothing until he may, or somebody who sees all saves it again. person-disabled: he is disabled, so it tells nothing until he is enabled, or somebody who sees all saves it again. */
                                reach: "all" | "some" | "none" | "person-disabled";
                                /** @description Who saved it last, and answers for it. */
                                createdBy: string;
                                /**
                                 * Format: date-time
                                 * @description When it was changed last.
                                 */
                                changedAt: string;
                                /** @description When it sent last; null: never. */
                                sentAt: string | null;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        /** Make a rule */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description A rule. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Name for people; no two have the same. */
                        name: string;
                        /** @description Expression that holds for the devices; null: every device. */
                        on: string | null;
                        /** @description Alerts of which severity. */
                        severities: ("warning" | "critical")[];
                        /** @description Ids of the ways that messages go. */
                        ways: string[];
                        /** @description Also tell when an alert has ended. */
                        tellEnds: boolean;
                        /** @description Alerts are gathered for so long into one message, s. */
                        waitSeconds: number;
                        /** @description At most one message in so long, s; an end must hold for so long before it is told. */
                        everySeconds: number;
                        /** @description Quiet hours; null: none. */
                        quiet: {
                            /** @description Time of day, 22:00. */
                            from: string;
                            /** @description Time of day, 22:00. */
                            to: string;
                            /** @description Time zone by its IANA name, as Europe/Berlin; the hours are those of its clocks. */
                            zone: string;
                            /** @description Critical alerts are told all the same. */
                            exceptCritical: boolean;
                        } | null;
                        /** @description False: the rule tells nothing. */
                        enabled: boolean;
                    };
                };
            };
            responses: {
                /** @description Which alerts go which ways. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Rule id. */
                            id: string;
                            /** @description Name for people; no two have the same. */
                            name: string;
                            /** @description Expression that holds for the devices; null: every device. */
                            on: string | null;
                            /** @description Alerts of which severity. */
                            severities: ("warning" | "critical")[];
                            /** @description Ids of the ways that messages go. */
                            ways: string[];
                            /** @description Also tell when an alert has ended. */
                            tellEnds: boolean;
                            /** @description Alerts are gathered for so long into one message, s. */
                            waitSeconds: number;
                            /** @description At most one message in so long, s; an end must hold for so long before it is told. */
                            everySeconds: number;
                            /** @description Quiet hours; null: none. */
                            quiet: {
                                /** @description Time of day, 22:00. */
                                from: string;
                                /** @description Time of day, 22:00. */
                                to: string;
                                /** @description Time zone by its IANA name, as Europe/Berlin; the hours are those of its clocks. */
                                zone: string;
                                /** @description Critical alerts are told all the same. */
                                exceptCritical: boolean;
                            } | null;
                            /** @description False: the rule tells nothing. */
                            enabled: boolean;
                            /** @description all: it tells of every device that it means. some: who saved it last may see alerts of some devices only now, and it tells of these. none: he may see none, so it tells nothing until he may, or somebody who sees all saves it again. person-disabled: he is disabled, so it tells nothing until he is enabled, or somebody who sees all saves it again. */
                            reach: "all" | "some" | "none" | "person-disabled";
                            /** @description Who saved it last, and answers for it. */
                            createdBy: string;
                            /**
                             * Format: date-time
                             * @description When it was changed last.
                             */
                            changedAt: string;
                            /** @description When it sent last; null: never. */
                            sentAt: string | null;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/rules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change a rule */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Rule id. */
                    id: string;
                };
                cookie?: never;
            };
            /** @description A rule. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Name for people; no two have the same. */
                        name: string;
                        /** @description Expression that holds for the devices; null: every device. */
                        on: string | null;
                        /** @description Alerts of which severity. */
                        severities: ("warning" | "critical")[];
                        /** @description Ids of the ways that messages go. */
                        ways: string[];
                        /** @description Also tell when an alert has ended. */
                        tellEnds: boolean;
                        /** @description Alerts are gathered for so long into one message, s. */
                        waitSeconds: number;
                        /** @description At most one message in so long, s; an end must hold for so long before it is told. */
                        everySeconds: number;
                        /** @description Quiet hours; null: none. */
                        quiet: {
                            /** @description Time of day, 22:00. */
                            from: string;
                            /** @description Time of day, 22:00. */
                            to: string;
                            /** @description Time zone by its IANA name, as Europe/Berlin; the hours are those of its clocks. */
                            zone: string;
                            /** @description Critical alerts are told all the same. */
                            exceptCritical: boolean;
                        } | null;
                        /** @description False: the rule tells nothing. */
                        enabled: boolean;
                    };
                };
            };
            responses: {
                /** @description Which alerts go which ways. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Rule id. */
                            id: string;
                            /** @description Name for people; no two have the same. */
                            name: string;
                            /** @description Expression that holds for the devices; null: every device. */
                            on: string | null;
                            /** @description Alerts of which severity. */
                            severities: ("warning" | "critical")[];
                            /** @description Ids of the ways that messages go. */
                            ways: string[];
                            /** @description Also tell when an alert has ended. */
                            tellEnds: boolean;
                            /** @description Alerts are gathered for so long into one message, s. */
                            waitSeconds: number;
                            /** @description At most one message in so long, s; an end must hold for so long before it is told. */
                            everySeconds: number;
                            /** @description Quiet hours; null: none. */
                            quiet: {
                                /** @description Time of day, 22:00. */
                                from: string;
                                /** @description Time of day, 22:00. */
                                to: string;
                                /** @description Time zone by its IANA name, as Europe/Berlin; the hours are those of its clocks. */
                                zone: string;
                                /** @description Critical alerts are told all the same. */
                                exceptCritical: boolean;
                            } | null;
                            /** @description False: the rule tells nothing. */
                            enabled: boolean;
                            /** @description all: it tells of every device that it means. some: who saved it last may see alerts of some devices only now, and it tells of these. none: he may see none, so it tells nothing until he may, or somebody who sees all saves it again. person-disabled: he is disabled, so it tells nothing until he is enabled, or somebody who sees all saves it again. */
                            reach: "all" | "some" | "none" | "person-disabled";
                            /** @description Who saved it last, and answers for it. */
                            createdBy: string;
                            /**
                             * Format: date-time
                             * @description When it was changed last.
                             */
                            changedAt: string;
                            /** @description When it sent last; null: never. */
                            sentAt: string | null;
                        };
                    };
                };
            };
        };
        post?: never;
        /** Remove a rule */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Rule id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/pauses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List pauses that are not over */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            pauses: {
                                /** @description Pause id. */
                                id: string;
                                /** @description Why. */
                                reason: string;
                                /** @description Expression that holds for the devices; null: every device. */
                                on: string | null;
                                /**
                                 * Format: date-time
                                 * @description When it begins.
                                 */
                                from: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends; what still holds is told then.
                                 */
                                until: string;
                                /** @description Who made it. */
                                createdBy: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        /** Tell nothing of some devices for a while */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description A pause to be made. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Why. */
                        reason: string;
                        /** @description Expression that holds for the devices; null: every device. */
                        on: string | null;
                        /**
                         * @description Begins after, ms.
                         * @default 0
                         */
                        startsInMs?: number;
                        /** @description Lasts so long, ms. */
                        lastsMs: number;
                    };
                };
            };
            responses: {
                /** @description Maintenance: devices of which nothing is told for a while. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Pause id. */
                            id: string;
                            /** @description Why. */
                            reason: string;
                            /** @description Expression that holds for the devices; null: every device. */
                            on: string | null;
                            /**
                             * Format: date-time
                             * @description When it begins.
                             */
                            from: string;
                            /**
                             * Format: date-time
                             * @description When it ends; what still holds is told then.
                             */
                            until: string;
                            /** @description Who made it. */
                            createdBy: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/pauses/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a pause */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Pause id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List messages, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description Rows of the page. */
                    limit?: number;
                    /** @description The `next` of the page before; nothing for the first page. */
                    cursor?: string;
                    /** @description Only these. */
                    state?: "waiting" | "sent" | "dead";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description Message id, which receivers get too. */
                                id: string;
                                /** @description What it is about. */
                                kind: "alerts" | "test";
                                /** @description Name of the way. */
                                way: string;
                                /** @description Name of the rule; empty for a trial. */
                                rule: string;
                                /** @description Subject. */
                                subject: string;
                                /** @description Text. */
                                body: string;
                                /** @description dead: given up after too many attempts. */
                                state: "waiting" | "sent" | "dead";
                                /** @description How often it was tried. */
                                attempts: number;
                                /** @description When it is tried next; null: not any more. */
                                nextAt: string | null;
                                /**
                                 * Format: date-time
                                 * @description When it was made.
                                 */
                                createdAt: string;
                                /** @description When it was sent or given up. */
                                endedAt: string | null;
                                /** @description Why the last attempt failed; empty: it did not. */
                                error: string;
                            }[];
                            /** @description Cursor of the next page; null on the last. */
                            next: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/messages/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a message */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Message id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A message of the outbox. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Message id, which receivers get too. */
                            id: string;
                            /** @description What it is about. */
                            kind: "alerts" | "test";
                            /** @description Name of the way. */
                            way: string;
                            /** @description Name of the rule; empty for a trial. */
                            rule: string;
                            /** @description Subject. */
                            subject: string;
                            /** @description Text. */
                            body: string;
                            /** @description dead: given up after too many attempts. */
                            state: "waiting" | "sent" | "dead";
                            /** @description How often it was tried. */
                            attempts: number;
                            /** @description When it is tried next; null: not any more. */
                            nextAt: string | null;
                            /**
                             * Format: date-time
                             * @description When it was made.
                             */
                            createdAt: string;
                            /** @description When it was sent or given up. */
                            endedAt: string | null;
                            /** @description Why the last attempt failed; empty: it did not. */
                            error: string;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/messages/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Try a message again that was given up */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Message id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A message of the outbox. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Message id, which receivers get too. */
                            id: string;
                            /** @description What it is about. */
                            kind: "alerts" | "test";
                            /** @description Name of the way. */
                            way: string;
                            /** @description Name of the rule; empty for a trial. */
                            rule: string;
                            /** @description Subject. */
                            subject: string;
                            /** @description Text. */
                            body: string;
                            /** @description dead: given up after too many attempts. */
                            state: "waiting" | "sent" | "dead";
                            /** @description How often it was tried. */
                            attempts: number;
                            /** @description When it is tried next; null: not any more. */
                            nextAt: string | null;
                            /**
                             * Format: date-time
                             * @description When it was made.
                             */
                            createdAt: string;
                            /** @description When it was sent or given up. */
                            endedAt: string | null;
                            /** @description Why the last attempt failed; empty: it did not. */
                            error: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trust": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the trust document in force */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The trust document in force. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Whose trust this is. */
                            organization: {
                                /** @description Organization id. */
                                id: string;
                                /** @description Its name. */
                                name: string;
                            };
                            /** @description Version of the document in force. */
                            version: number;
                            /** @description sha256 of its bytes, base64url; enrollment tokens carry it. */
                            hash: string;
                            /** @description quickstart, solo or hardened. */
                            mode: string;
                            /** @description Who may sign. */
                            signers: {
                                /** @description Signer id. */
                                id: string;
                                /** @description Name for people. */
                                name: string;
                                /** @description person or automation. */
                                kind: string;
                                /** @description request, approve, halt. */
                                roles: string[];
                            }[];
                            /** @description What the mode does not claim, in plain sentences; empty when nothing is soft. */
                            soft: string[];
                            /** @description The whole trust document v1. Whoever signs a next one verifies the chain instead of believing this. */
                            document: unknown;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trust/chain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the signed trust documents from a version on, oldest first */
        get: {
            parameters: {
                query?: {
                    /** @description First version wanted; at most 50 documents come. */
                    from?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            envelopes: {
                                /** @description The signed bytes, base64url. */
                                payload: string;
                                /** @description Kind of document. */
                                payloadType: string;
                                /** @description Signatures. */
                                signatures: {
                                    /** @description First 16 hex of sha256 of the SPKI of the key. */
                                    keyid: string;
                                    /** @description Signature over PAE(payloadType, payload), base64url. */
                                    sig: string;
                                }[];
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trust/updates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put the next trust document in force; its root keys decide, not this permission */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A signed document (DSSE envelope). */
                        envelope: {
                            /** @description The signed bytes, base64url. */
                            payload: string;
                            /** @description Kind of document. */
                            payloadType: string;
                            /** @description Signatures. */
                            signatures: {
                                /** @description First 16 hex of sha256 of the SPKI of the key. */
                                keyid: string;
                                /** @description Signature over PAE(payloadType, payload), base64url. */
                                sig: string;
                            }[];
                        };
                    };
                };
            };
            responses: {
                /** @description The trust document in force. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Whose trust this is. */
                            organization: {
                                /** @description Organization id. */
                                id: string;
                                /** @description Its name. */
                                name: string;
                            };
                            /** @description Version of the document in force. */
                            version: number;
                            /** @description sha256 of its bytes, base64url; enrollment tokens carry it. */
                            hash: string;
                            /** @description quickstart, solo or hardened. */
                            mode: string;
                            /** @description Who may sign. */
                            signers: {
                                /** @description Signer id. */
                                id: string;
                                /** @description Name for people. */
                                name: string;
                                /** @description person or automation. */
                                kind: string;
                                /** @description request, approve, halt. */
                                roles: string[];
                            }[];
                            /** @description What the mode does not claim, in plain sentences; empty when nothing is soft. */
                            soft: string[];
                            /** @description The whole trust document v1. Whoever signs a next one verifies the chain instead of believing this. */
                            document: unknown;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trust/server-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make the next server key; it is used once a trust document lists it */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Raw Ed25519 public key, base64url. */
                            key: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whoami": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the token that asks, and whose it is */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The token that asks, and whose it is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Number of the organization on this server. */
                            tenant: number;
                            token: {
                                /** @description Token id. */
                                id: string;
                                /** @description Its name. */
                                name: string;
                                /** @description What it may do. */
                                permissions: string[];
                                /**
                                 * Format: date-time
                                 * @description When it ends.
                                 */
                                expiresAt: string;
                            };
                            /** @description token or session. */
                            via: string;
                            /** @description What it may do, and where: a session or token of a person no more than his roles allow now. */
                            grants: {
                                /** @description As GET /api/v1/permissions lists them. */
                                permission: string;
                                /** @description Expression over devices; null: every device. */
                                where: string | null;
                                /** @description Kinds of command that may be ordered; null: all. */
                                kinds: string[] | null;
                                /** @description Digests of signed content that may be ordered; null: all. */
                                contents: string[] | null;
                            }[];
                            /** @description Whose token it is; null: nobody’s. */
                            person: {
                                /** @description Person id. */
                                id: string;
                                /** @description Short name. */
                                handle: string;
                                /** @description Name for people. */
                                name: string;
                                /** @description Signer of the trust document who has one of his keys; null for none. */
                                signerId: string | null;
                                /** @description Public keys he has shown to hold. Only the trust document makes one a signer’s. */
                                keys: {
                                    /** @description Raw public key, base64url: Ed25519 (32 bytes), or of a passkey the P-256 point (65). */
                                    key: string;
                                    /** @description ed25519: a key file; webauthn-es256: a passkey. */
                                    scheme: "ed25519" | "webauthn-es256";
                                    /** @description First 16 hex of sha256 of its SPKI. */
                                    keyid: string;
                                    /** @description Name of the key. */
                                    name: string;
                                    /**
                                     * Format: date-time
                                     * @description When it was registered.
                                     */
                                    at: string;
                                }[];
                            } | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/persons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List persons */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description All persons, oldest first. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description Person id. */
                                id: string;
                                /** @description Short name. */
                                handle: string;
                                /** @description Name for people. */
                                name: string;
                                /** @description Signer of the trust document who has one of his keys; null for none. */
                                signerId: string | null;
                                /** @description Public keys he has shown to hold. Only the trust document makes one a signer’s. */
                                keys: {
                                    /** @description Raw public key, base64url: Ed25519 (32 bytes), or of a passkey the P-256 point (65). */
                                    key: string;
                                    /** @description ed25519: a key file; webauthn-es256: a passkey. */
                                    scheme: "ed25519" | "webauthn-es256";
                                    /** @description First 16 hex of sha256 of its SPKI. */
                                    keyid: string;
                                    /** @description Name of the key. */
                                    name: string;
                                    /**
                                     * Format: date-time
                                     * @description When it was registered.
                                     */
                                    at: string;
                                }[];
                                /** @description API tokens in force. */
                                tokens: {
                                    /** @description Token id. */
                                    id: string;
                                    /** @description Its name. */
                                    name: string;
                                    /**
                                     * Format: date-time
                                     * @description When it ends.
                                     */
                                    expiresAt: string;
                                }[];
                                /** @description Roles that he holds. */
                                roles: {
                                    /** @description Name of a built-in role, or id. */
                                    role: string;
                                    /** @description Its name for people. */
                                    name: string;
                                    /** @description Expression over devices on which it holds; null: as far as the role goes. */
                                    where: string | null;
                                }[];
                                disabledAt: string | null;
                                /**
                                 * Format: date-time
                                 * @description When he was added.
                                 */
                                createdAt: string;
                            }[];
                            /** @description Always null: the list is short. */
                            next: null;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Add a person */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description A person; without an id one is made of the name. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Name for people. */
                        name: string;
                        /** @description Short name, as anna: how commands name this person, and the id he has or gets as a signer. */
                        id?: string;
                        /** @description Roles that he gets at once, without limits: names of built-in ones, or ids. */
                        roles?: string[];
                    };
                };
            };
            responses: {
                /** @description A person. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Person id. */
                            id: string;
                            /** @description Short name. */
                            handle: string;
                            /** @description Name for people. */
                            name: string;
                            /** @description Signer of the trust document who has one of his keys; null for none. */
                            signerId: string | null;
                            /** @description Public keys he has shown to hold. Only the trust document makes one a signer’s. */
                            keys: {
                                /** @description Raw public key, base64url: Ed25519 (32 bytes), or of a passkey the P-256 point (65). */
                                key: string;
                                /** @description ed25519: a key file; webauthn-es256: a passkey. */
                                scheme: "ed25519" | "webauthn-es256";
                                /** @description First 16 hex of sha256 of its SPKI. */
                                keyid: string;
                                /** @description Name of the key. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it was registered.
                                 */
                                at: string;
                            }[];
                            /** @description API tokens in force. */
                            tokens: {
                                /** @description Token id. */
                                id: string;
                                /** @description Its name. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends.
                                 */
                                expiresAt: string;
                            }[];
                            /** @description Roles that he holds. */
                            roles: {
                                /** @description Name of a built-in role, or id. */
                                role: string;
                                /** @description Its name for people. */
                                name: string;
                                /** @description Expression over devices on which it holds; null: as far as the role goes. */
                                where: string | null;
                            }[];
                            disabledAt: string | null;
                            /**
                             * Format: date-time
                             * @description When he was added.
                             */
                            createdAt: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Register a passkey of one’s own to sign with */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description A passkey of one’s own with the proof that it is at hand. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Raw public key of the passkey, base64url: the uncompressed P-256 point (65 bytes). */
                        key: string;
                        /** @description Name for people. */
                        name: string;
                        /** @description The assertion about the proof of the key, base64url, made at a page of this server. */
                        proof: string;
                    };
                };
            };
            responses: {
                /** @description The token that asks, and whose it is. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Number of the organization on this server. */
                            tenant: number;
                            token: {
                                /** @description Token id. */
                                id: string;
                                /** @description Its name. */
                                name: string;
                                /** @description What it may do. */
                                permissions: string[];
                                /**
                                 * Format: date-time
                                 * @description When it ends.
                                 */
                                expiresAt: string;
                            };
                            /** @description token or session. */
                            via: string;
                            /** @description What it may do, and where: a session or token of a person no more than his roles allow now. */
                            grants: {
                                /** @description As GET /api/v1/permissions lists them. */
                                permission: string;
                                /** @description Expression over devices; null: every device. */
                                where: string | null;
                                /** @description Kinds of command that may be ordered; null: all. */
                                kinds: string[] | null;
                                /** @description Digests of signed content that may be ordered; null: all. */
                                contents: string[] | null;
                            }[];
                            /** @description Whose token it is; null: nobody’s. */
                            person: {
                                /** @description Person id. */
                                id: string;
                                /** @description Short name. */
                                handle: string;
                                /** @description Name for people. */
                                name: string;
                                /** @description Signer of the trust document who has one of his keys; null for none. */
                                signerId: string | null;
                                /** @description Public keys he has shown to hold. Only the trust document makes one a signer’s. */
                                keys: {
                                    /** @description Raw public key, base64url: Ed25519 (32 bytes), or of a passkey the P-256 point (65). */
                                    key: string;
                                    /** @description ed25519: a key file; webauthn-es256: a passkey. */
                                    scheme: "ed25519" | "webauthn-es256";
                                    /** @description First 16 hex of sha256 of its SPKI. */
                                    keyid: string;
                                    /** @description Name of the key. */
                                    name: string;
                                    /**
                                     * Format: date-time
                                     * @description When it was registered.
                                     */
                                    at: string;
                                }[];
                            } | null;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a key of one’s own that the trust document does not name */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the key, as `keyid` in lists. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The token that asks, and whose it is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Number of the organization on this server. */
                            tenant: number;
                            token: {
                                /** @description Token id. */
                                id: string;
                                /** @description Its name. */
                                name: string;
                                /** @description What it may do. */
                                permissions: string[];
                                /**
                                 * Format: date-time
                                 * @description When it ends.
                                 */
                                expiresAt: string;
                            };
                            /** @description token or session. */
                            via: string;
                            /** @description What it may do, and where: a session or token of a person no more than his roles allow now. */
                            grants: {
                                /** @description As GET /api/v1/permissions lists them. */
                                permission: string;
                                /** @description Expression over devices; null: every device. */
                                where: string | null;
                                /** @description Kinds of command that may be ordered; null: all. */
                                kinds: string[] | null;
                                /** @description Digests of signed content that may be ordered; null: all. */
                                contents: string[] | null;
                            }[];
                            /** @description Whose token it is; null: nobody’s. */
                            person: {
                                /** @description Person id. */
                                id: string;
                                /** @description Short name. */
                                handle: string;
                                /** @description Name for people. */
                                name: string;
                                /** @description Signer of the trust document who has one of his keys; null for none. */
                                signerId: string | null;
                                /** @description Public keys he has shown to hold. Only the trust document makes one a signer’s. */
                                keys: {
                                    /** @description Raw public key, base64url: Ed25519 (32 bytes), or of a passkey the P-256 point (65). */
                                    key: string;
                                    /** @description ed25519: a key file; webauthn-es256: a passkey. */
                                    scheme: "ed25519" | "webauthn-es256";
                                    /** @description First 16 hex of sha256 of its SPKI. */
                                    keyid: string;
                                    /** @description Name of the key. */
                                    name: string;
                                    /**
                                     * Format: date-time
                                     * @description When it was registered.
                                     */
                                    at: string;
                                }[];
                            } | null;
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/persons/{id}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Register a public key that a person holds */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Person id. */
                    id: string;
                };
                cookie?: never;
            };
            /** @description A public key with the proof that its private half is at hand. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Raw public key, base64url: Ed25519 (32 bytes), or of a passkey the uncompressed P-256 point (65). */
                        key: string;
                        /** @description Name for people. */
                        name: string;
                        /** @description Signature of the key over PAE("application/vnd.muster.key-proof.v1", organization id, line feed, key), base64url; of a passkey the assertion about it, made at a page of this server. */
                        proof: string;
                    };
                };
            };
            responses: {
                /** @description A person. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Person id. */
                            id: string;
                            /** @description Short name. */
                            handle: string;
                            /** @description Name for people. */
                            name: string;
                            /** @description Signer of the trust document who has one of his keys; null for none. */
                            signerId: string | null;
                            /** @description Public keys he has shown to hold. Only the trust document makes one a signer’s. */
                            keys: {
                                /** @description Raw public key, base64url: Ed25519 (32 bytes), or of a passkey the P-256 point (65). */
                                key: string;
                                /** @description ed25519: a key file; webauthn-es256: a passkey. */
                                scheme: "ed25519" | "webauthn-es256";
                                /** @description First 16 hex of sha256 of its SPKI. */
                                keyid: string;
                                /** @description Name of the key. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it was registered.
                                 */
                                at: string;
                            }[];
                            /** @description API tokens in force. */
                            tokens: {
                                /** @description Token id. */
                                id: string;
                                /** @description Its name. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends.
                                 */
                                expiresAt: string;
                            }[];
                            /** @description Roles that he holds. */
                            roles: {
                                /** @description Name of a built-in role, or id. */
                                role: string;
                                /** @description Its name for people. */
                                name: string;
                                /** @description Expression over devices on which it holds; null: as far as the role goes. */
                                where: string | null;
                            }[];
                            disabledAt: string | null;
                            /**
                             * Format: date-time
                             * @description When he was added.
                             */
                            createdAt: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/persons/{id}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make an API token for a person, never stronger than the one that asks */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Person id. */
                    id: string;
                };
                cookie?: never;
            };
            /** @description A token to be made. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Name for people. */
                        name: string;
                        /** @description Permissions; without them those of the token that asks, never more than these. */
                        permissions?: string[];
                        /** @description Expression over devices, as label("env") == "test"; null or absent: every device. */
                        where?: string | null;
                        /**
                         * @description Life time, ms; never longer than that of the token that asks.
                         * @default 7776000000
                         */
                        expiresInMs?: number;
                    };
                };
            };
            responses: {
                /** @description A made token with its secret. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Token id. */
                            id: string;
                            /** @description The token; shown this once. */
                            token: string;
                            /** @description What it may do. */
                            permissions: string[];
                            /**
                             * Format: date-time
                             * @description When it ends.
                             */
                            expiresAt: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/persons/{id}/tokens/{tokenId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke a token of a person */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Person id. */
                    id: string;
                    /** @description Token id. */
                    tokenId: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A person. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Person id. */
                            id: string;
                            /** @description Short name. */
                            handle: string;
                            /** @description Name for people. */
                            name: string;
                            /** @description Signer of the trust document who has one of his keys; null for none. */
                            signerId: string | null;
                            /** @description Public keys he has shown to hold. Only the trust document makes one a signer’s. */
                            keys: {
                                /** @description Raw public key, base64url: Ed25519 (32 bytes), or of a passkey the P-256 point (65). */
                                key: string;
                                /** @description ed25519: a key file; webauthn-es256: a passkey. */
                                scheme: "ed25519" | "webauthn-es256";
                                /** @description First 16 hex of sha256 of its SPKI. */
                                keyid: string;
                                /** @description Name of the key. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it was registered.
                                 */
                                at: string;
                            }[];
                            /** @description API tokens in force. */
                            tokens: {
                                /** @description Token id. */
                                id: string;
                                /** @description Its name. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends.
                                 */
                                expiresAt: string;
                            }[];
                            /** @description Roles that he holds. */
                            roles: {
                                /** @description Name of a built-in role, or id. */
                                role: string;
                                /** @description Its name for people. */
                                name: string;
                                /** @description Expression over devices on which it holds; null: as far as the role goes. */
                                where: string | null;
                            }[];
                            disabledAt: string | null;
                            /**
                             * Format: date-time
                             * @description When he was added.
                             */
                            createdAt: string;
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/permissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List permissions */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Every permission there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description As routes name it. */
                                id: string;
                                /** @description What it allows. */
                                says: string;
                                /** @description devices: can be limited to some. organization: who is limited to some devices has it not. shared: he has it all the same. */
                                reach: string;
                                /** @description True: kinds and content can be limited. */
                                isOrdering: boolean;
                            }[];
                            /** @description Always null: the list is short. */
                            next: null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List roles */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Built-in roles, then custom ones by name. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description Name of a built-in role, or an id. */
                                id: string;
                                /** @description Name for people. */
                                name: string;
                                /** @description What it is for. */
                                description: string;
                                /** @description True: it comes with the server and cannot be changed. */
                                isBuiltIn: boolean;
                                /** @description What it allows. */
                                grants: {
                                    /** @description As GET /api/v1/permissions lists them. */
                                    permission: string;
                                    /** @description Expression over devices; null: every device. */
                                    where: string | null;
                                    /** @description Kinds of command that may be ordered; null: all. */
                                    kinds: string[] | null;
                                    /** @description Digests of signed content that may be ordered; null: all. */
                                    contents: string[] | null;
                                }[];
                                /** @description Persons who have it. */
                                holders: number;
                            }[];
                            /** @description Always null: the list is short. */
                            next: null;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Make a role */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description A role. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Name for people; no two roles have the same. */
                        name: string;
                        /** @description What it is for. */
                        description?: string;
                        /** @description What it allows. It becomes as narrow as what its maker has himself. */
                        grants: {
                            /** @description As GET /api/v1/permissions lists them. */
                            permission: string;
                            /** @description Expression over devices, as label("env") == "test"; null or absent: every device. */
                            where?: string | null;
                            /** @description Kinds of command that may be ordered; null or absent: all. */
                            kinds?: string[] | null;
                            /** @description Digests of signed content, one of which an order must name; null or absent: all. */
                            contents?: string[] | null;
                        }[];
                    };
                };
            };
            responses: {
                /** @description A role. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Name of a built-in role, or an id. */
                            id: string;
                            /** @description Name for people. */
                            name: string;
                            /** @description What it is for. */
                            description: string;
                            /** @description True: it comes with the server and cannot be changed. */
                            isBuiltIn: boolean;
                            /** @description What it allows. */
                            grants: {
                                /** @description As GET /api/v1/permissions lists them. */
                                permission: string;
                                /** @description Expression over devices; null: every device. */
                                where: string | null;
                                /** @description Kinds of command that may be ordered; null: all. */
                                kinds: string[] | null;
                                /** @description Digests of signed content that may be ordered; null: all. */
                                contents: string[] | null;
                            }[];
                            /** @description Persons who have it. */
                            holders: number;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/roles/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change a role of your own for all who hold it */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Role id. */
                    id: string;
                };
                cookie?: never;
            };
            /** @description A role. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Name for people; no two roles have the same. */
                        name: string;
                        /** @description What it is for. */
                        description?: string;
                        /** @description What it allows. It becomes as narrow as what its maker has himself. */
                        grants: {
                            /** @description As GET /api/v1/permissions lists them. */
                            permission: string;
                            /** @description Expression over devices, as label("env") == "test"; null or absent: every device. */
                            where?: string | null;
                            /** @description Kinds of command that may be ordered; null or absent: all. */
                            kinds?: string[] | null;
                            /** @description Digests of signed content, one of which an order must name; null or absent: all. */
                            contents?: string[] | null;
                        }[];
                    };
                };
            };
            responses: {
                /** @description A role. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Name of a built-in role, or an id. */
                            id: string;
                            /** @description Name for people. */
                            name: string;
                            /** @description What it is for. */
                            description: string;
                            /** @description True: it comes with the server and cannot be changed. */
                            isBuiltIn: boolean;
                            /** @description What it allows. */
                            grants: {
                                /** @description As GET /api/v1/permissions lists them. */
                                permission: string;
                                /** @description Expression over devices; null: every device. */
                                where: string | null;
                                /** @description Kinds of command that may be ordered; null: all. */
                                kinds: string[] | null;
                                /** @description Digests of signed content that may be ordered; null: all. */
                                contents: string[] | null;
                            }[];
                            /** @description Persons who have it. */
                            holders: number;
                        };
                    };
                };
            };
        };
        post?: never;
        /** Delete a role that nobody holds */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Role id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A role. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Name of a built-in role, or an id. */
                            id: string;
                            /** @description Name for people. */
                            name: string;
                            /** @description What it is for. */
                            description: string;
                            /** @description True: it comes with the server and cannot be changed. */
                            isBuiltIn: boolean;
                            /** @description What it allows. */
                            grants: {
                                /** @description As GET /api/v1/permissions lists them. */
                                permission: string;
                                /** @description Expression over devices; null: every device. */
                                where: string | null;
                                /** @description Kinds of command that may be ordered; null: all. */
                                kinds: string[] | null;
                                /** @description Digests of signed content that may be ordered; null: all. */
                                contents: string[] | null;
                            }[];
                            /** @description Persons who have it. */
                            holders: number;
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/persons/{id}/roles/{role}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Give a person a role, or change its limit */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Person id. */
                    id: string;
                    /** @description Name of a built-in role, or id. */
                    role: string;
                };
                cookie?: never;
            };
            /** @description Limits what the role allows to some devices. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Expression over devices, as label("env") == "test"; null or absent: every device. */
                        where?: string | null;
                    };
                };
            };
            responses: {
                /** @description A person. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Person id. */
                            id: string;
                            /** @description Short name. */
                            handle: string;
                            /** @description Name for people. */
                            name: string;
                            /** @description Signer of the trust document who has one of his keys; null for none. */
                            signerId: string | null;
                            /** @description Public keys he has shown to hold. Only the trust document makes one a signer’s. */
                            keys: {
                                /** @description Raw public key, base64url: Ed25519 (32 bytes), or of a passkey the P-256 point (65). */
                                key: string;
                                /** @description ed25519: a key file; webauthn-es256: a passkey. */
                                scheme: "ed25519" | "webauthn-es256";
                                /** @description First 16 hex of sha256 of its SPKI. */
                                keyid: string;
                                /** @description Name of the key. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it was registered.
                                 */
                                at: string;
                            }[];
                            /** @description API tokens in force. */
                            tokens: {
                                /** @description Token id. */
                                id: string;
                                /** @description Its name. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends.
                                 */
                                expiresAt: string;
                            }[];
                            /** @description Roles that he holds. */
                            roles: {
                                /** @description Name of a built-in role, or id. */
                                role: string;
                                /** @description Its name for people. */
                                name: string;
                                /** @description Expression over devices on which it holds; null: as far as the role goes. */
                                where: string | null;
                            }[];
                            disabledAt: string | null;
                            /**
                             * Format: date-time
                             * @description When he was added.
                             */
                            createdAt: string;
                        };
                    };
                };
            };
        };
        post?: never;
        /** Take a role from a person */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Person id. */
                    id: string;
                    /** @description Name of a built-in role, or id. */
                    role: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A person. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Person id. */
                            id: string;
                            /** @description Short name. */
                            handle: string;
                            /** @description Name for people. */
                            name: string;
                            /** @description Signer of the trust document who has one of his keys; null for none. */
                            signerId: string | null;
                            /** @description Public keys he has shown to hold. Only the trust document makes one a signer’s. */
                            keys: {
                                /** @description Raw public key, base64url: Ed25519 (32 bytes), or of a passkey the P-256 point (65). */
                                key: string;
                                /** @description ed25519: a key file; webauthn-es256: a passkey. */
                                scheme: "ed25519" | "webauthn-es256";
                                /** @description First 16 hex of sha256 of its SPKI. */
                                keyid: string;
                                /** @description Name of the key. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it was registered.
                                 */
                                at: string;
                            }[];
                            /** @description API tokens in force. */
                            tokens: {
                                /** @description Token id. */
                                id: string;
                                /** @description Its name. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends.
                                 */
                                expiresAt: string;
                            }[];
                            /** @description Roles that he holds. */
                            roles: {
                                /** @description Name of a built-in role, or id. */
                                role: string;
                                /** @description Its name for people. */
                                name: string;
                                /** @description Expression over devices on which it holds; null: as far as the role goes. */
                                where: string | null;
                            }[];
                            disabledAt: string | null;
                            /**
                             * Format: date-time
                             * @description When he was added.
                             */
                            createdAt: string;
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/persons/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Disable a person with his tokens and sessions, or let him be again */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Person id. */
                    id: string;
                };
                cookie?: never;
            };
            /** @description A change of a person. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description True: nobody acts for him, neither he nor his tokens. */
                        disabled: boolean;
                    };
                };
            };
            responses: {
                /** @description A person. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Person id. */
                            id: string;
                            /** @description Short name. */
                            handle: string;
                            /** @description Name for people. */
                            name: string;
                            /** @description Signer of the trust document who has one of his keys; null for none. */
                            signerId: string | null;
                            /** @description Public keys he has shown to hold. Only the trust document makes one a signer’s. */
                            keys: {
                                /** @description Raw public key, base64url: Ed25519 (32 bytes), or of a passkey the P-256 point (65). */
                                key: string;
                                /** @description ed25519: a key file; webauthn-es256: a passkey. */
                                scheme: "ed25519" | "webauthn-es256";
                                /** @description First 16 hex of sha256 of its SPKI. */
                                keyid: string;
                                /** @description Name of the key. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it was registered.
                                 */
                                at: string;
                            }[];
                            /** @description API tokens in force. */
                            tokens: {
                                /** @description Token id. */
                                id: string;
                                /** @description Its name. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends.
                                 */
                                expiresAt: string;
                            }[];
                            /** @description Roles that he holds. */
                            roles: {
                                /** @description Name of a built-in role, or id. */
                                role: string;
                                /** @description Its name for people. */
                                name: string;
                                /** @description Expression over devices on which it holds; null: as far as the role goes. */
                                where: string | null;
                            }[];
                            disabledAt: string | null;
                            /**
                             * Format: date-time
                             * @description When he was added.
                             */
                            createdAt: string;
                        };
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show who is signed in with this browser, and how one can sign in */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Who is signed in, and how one can sign in. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Who is signed in; null: nobody. */
                            person: {
                                /** @description Person id. */
                                id: string;
                                /** @description Short name; also the name for signing in by password. */
                                handle: string;
                                /** @description Name for people. */
                                name: string;
                            } | null;
                            /** @description The session of the cookie; null: nobody is signed in, or a token asks. */
                            session: {
                                /** @description Session id. */
                                id: string;
                                /** @description How: passkey, password, oidc or setup. */
                                method: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends at the latest.
                                 */
                                expiresAt: string;
                            } | null;
                            /** @description When the person last showed to be there; step-up renews it. */
                            provenAt: string | null;
                            /** @description How much longer privileged acts are taken by that proof, ms; 0: they ask for a new one. */
                            provenForMs: number;
                            /** @description What the session may do somewhere. */
                            permissions: string[];
                            /** @description The same with the devices, kinds and content it holds for. */
                            grants: {
                                /** @description The permission. */
                                permission: string;
                                /** @description Expression for the devices; null: every device. */
                                where: string | null;
                                /** @description Kinds of commands; null: every kind. */
                                kinds: string[] | null;
                                /** @description Hashes of signed content; null: any. */
                                contents: string[] | null;
                            }[];
                            /** @description What the account lacks; until then the session may do nothing else. null: nothing. */
                            mustSetUp: "second-factor" | null;
                            /** @description Ways to sign in. */
                            methods: {
                                /** @description False when the address is no name: browsers have no passkeys there. */
                                passkey: boolean;
                                /** @description Always true. */
                                password: boolean;
                                /** @description Providers of OpenID Connect. */
                                oidc: {
                                    /** @description Stands in its addresses. */
                                    id: string;
                                    /** @description For the button. */
                                    name: string;
                                }[];
                            };
                            /** @description True while nobody can sign in: muster setup-link on the host makes the first link. */
                            setupNeeded: boolean;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Sign out */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/signin/passkey/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin to sign in by a passkey */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What a passkey is shown with. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Names the challenge; good for one attempt within 5 minutes. */
                            challengeId: string;
                            /** @description Options for navigator.credentials.get(), JSON form. */
                            options: {
                                rpId?: string;
                                /** @description The challenge, base64url. */
                                challenge: string;
                                /** @description ms. */
                                timeout?: number;
                                allowCredentials?: {
                                    /** @description Credential id, base64url. */
                                    id: string;
                                    /** @enum {string} */
                                    type: "public-key";
                                    /** @description How it is reached. */
                                    transports?: string[];
                                }[];
                                /** @description Whether the authenticator must verify the person. */
                                userVerification?: "required" | "preferred" | "discouraged";
                            };
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/signin/passkey/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in by a passkey */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description A passkey that a browser shows. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Names the challenge; good for one attempt within 5 minutes. */
                        challengeId: string;
                        response: {
                            /** @description Credential id, base64url. */
                            id: string;
                            /** @description Credential id, base64url. */
                            rawId: string;
                            /** @enum {string} */
                            type: "public-key";
                            /** @description How it is attached. */
                            authenticatorAttachment?: "platform" | "cross-platform";
                            /** @description Results of extensions; not used. */
                            clientExtensionResults: {
                                [key: string]: unknown;
                            };
                            response: {
                                /** @description Client data, base64url. */
                                clientDataJSON: string;
                                /** @description Authenticator data, base64url. */
                                authenticatorData: string;
                                /** @description Signature, base64url. */
                                signature: string;
                                /** @description User handle, base64url. */
                                userHandle?: string;
                            };
                        };
                    };
                };
            };
            responses: {
                /** @description Who is signed in, and how one can sign in. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Who is signed in; null: nobody. */
                            person: {
                                /** @description Person id. */
                                id: string;
                                /** @description Short name; also the name for signing in by password. */
                                handle: string;
                                /** @description Name for people. */
                                name: string;
                            } | null;
                            /** @description The session of the cookie; null: nobody is signed in, or a token asks. */
                            session: {
                                /** @description Session id. */
                                id: string;
                                /** @description How: passkey, password, oidc or setup. */
                                method: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends at the latest.
                                 */
                                expiresAt: string;
                            } | null;
                            /** @description When the person last showed to be there; step-up renews it. */
                            provenAt: string | null;
                            /** @description How much longer privileged acts are taken by that proof, ms; 0: they ask for a new one. */
                            provenForMs: number;
                            /** @description What the session may do somewhere. */
                            permissions: string[];
                            /** @description The same with the devices, kinds and content it holds for. */
                            grants: {
                                /** @description The permission. */
                                permission: string;
                                /** @description Expression for the devices; null: every device. */
                                where: string | null;
                                /** @description Kinds of commands; null: every kind. */
                                kinds: string[] | null;
                                /** @description Hashes of signed content; null: any. */
                                contents: string[] | null;
                            }[];
                            /** @description What the account lacks; until then the session may do nothing else. null: nothing. */
                            mustSetUp: "second-factor" | null;
                            /** @description Ways to sign in. */
                            methods: {
                                /** @description False when the address is no name: browsers have no passkeys there. */
                                passkey: boolean;
                                /** @description Always true. */
                                password: boolean;
                                /** @description Providers of OpenID Connect. */
                                oidc: {
                                    /** @description Stands in its addresses. */
                                    id: string;
                                    /** @description For the button. */
                                    name: string;
                                }[];
                            };
                            /** @description True while nobody can sign in: muster setup-link on the host makes the first link. */
                            setupNeeded: boolean;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/step-up/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin to show by a passkey that one is there */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What a passkey is shown with. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Names the challenge; good for one attempt within 5 minutes. */
                            challengeId: string;
                            /** @description Options for navigator.credentials.get(), JSON form. */
                            options: {
                                rpId?: string;
                                /** @description The challenge, base64url. */
                                challenge: string;
                                /** @description ms. */
                                timeout?: number;
                                allowCredentials?: {
                                    /** @description Credential id, base64url. */
                                    id: string;
                                    /** @enum {string} */
                                    type: "public-key";
                                    /** @description How it is reached. */
                                    transports?: string[];
                                }[];
                                /** @description Whether the authenticator must verify the person. */
                                userVerification?: "required" | "preferred" | "discouraged";
                            };
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/step-up/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show by a passkey that one is there */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description A passkey that a browser shows. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Names the challenge; good for one attempt within 5 minutes. */
                        challengeId: string;
                        response: {
                            /** @description Credential id, base64url. */
                            id: string;
                            /** @description Credential id, base64url. */
                            rawId: string;
                            /** @enum {string} */
                            type: "public-key";
                            /** @description How it is attached. */
                            authenticatorAttachment?: "platform" | "cross-platform";
                            /** @description Results of extensions; not used. */
                            clientExtensionResults: {
                                [key: string]: unknown;
                            };
                            response: {
                                /** @description Client data, base64url. */
                                clientDataJSON: string;
                                /** @description Authenticator data, base64url. */
                                authenticatorData: string;
                                /** @description Signature, base64url. */
                                signature: string;
                                /** @description User handle, base64url. */
                                userHandle?: string;
                            };
                        };
                    };
                };
            };
            responses: {
                /** @description Who is signed in, and how one can sign in. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Who is signed in; null: nobody. */
                            person: {
                                /** @description Person id. */
                                id: string;
                                /** @description Short name; also the name for signing in by password. */
                                handle: string;
                                /** @description Name for people. */
                                name: string;
                            } | null;
                            /** @description The session of the cookie; null: nobody is signed in, or a token asks. */
                            session: {
                                /** @description Session id. */
                                id: string;
                                /** @description How: passkey, password, oidc or setup. */
                                method: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends at the latest.
                                 */
                                expiresAt: string;
                            } | null;
                            /** @description When the person last showed to be there; step-up renews it. */
                            provenAt: string | null;
                            /** @description How much longer privileged acts are taken by that proof, ms; 0: they ask for a new one. */
                            provenForMs: number;
                            /** @description What the session may do somewhere. */
                            permissions: string[];
                            /** @description The same with the devices, kinds and content it holds for. */
                            grants: {
                                /** @description The permission. */
                                permission: string;
                                /** @description Expression for the devices; null: every device. */
                                where: string | null;
                                /** @description Kinds of commands; null: every kind. */
                                kinds: string[] | null;
                                /** @description Hashes of signed content; null: any. */
                                contents: string[] | null;
                            }[];
                            /** @description What the account lacks; until then the session may do nothing else. null: nothing. */
                            mustSetUp: "second-factor" | null;
                            /** @description Ways to sign in. */
                            methods: {
                                /** @description False when the address is no name: browsers have no passkeys there. */
                                passkey: boolean;
                                /** @description Always true. */
                                password: boolean;
                                /** @description Providers of OpenID Connect. */
                                oidc: {
                                    /** @description Stands in its addresses. */
                                    id: string;
                                    /** @description For the button. */
                                    name: string;
                                }[];
                            };
                            /** @description True while nobody can sign in: muster setup-link on the host makes the first link. */
                            setupNeeded: boolean;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/signin/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in by password and one-time code or recovery code */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description Password, and totp or recoveryCode. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Short name of the person, as anna. */
                        name: string;
                        /** @description The password. */
                        password: string;
                        /** @description One-time code, six digits. */
                        totp?: string;
                        /** @description Recovery code; spaces and dashes do not matter. */
                        recoveryCode?: string;
                    };
                };
            };
            responses: {
                /** @description Who is signed in, and how one can sign in. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Who is signed in; null: nobody. */
                            person: {
                                /** @description Person id. */
                                id: string;
                                /** @description Short name; also the name for signing in by password. */
                                handle: string;
                                /** @description Name for people. */
                                name: string;
                            } | null;
                            /** @description The session of the cookie; null: nobody is signed in, or a token asks. */
                            session: {
                                /** @description Session id. */
                                id: string;
                                /** @description How: passkey, password, oidc or setup. */
                                method: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends at the latest.
                                 */
                                expiresAt: string;
                            } | null;
                            /** @description When the person last showed to be there; step-up renews it. */
                            provenAt: string | null;
                            /** @description How much longer privileged acts are taken by that proof, ms; 0: they ask for a new one. */
                            provenForMs: number;
                            /** @description What the session may do somewhere. */
                            permissions: string[];
                            /** @description The same with the devices, kinds and content it holds for. */
                            grants: {
                                /** @description The permission. */
                                permission: string;
                                /** @description Expression for the devices; null: every device. */
                                where: string | null;
                                /** @description Kinds of commands; null: every kind. */
                                kinds: string[] | null;
                                /** @description Hashes of signed content; null: any. */
                                contents: string[] | null;
                            }[];
                            /** @description What the account lacks; until then the session may do nothing else. null: nothing. */
                            mustSetUp: "second-factor" | null;
                            /** @description Ways to sign in. */
                            methods: {
                                /** @description False when the address is no name: browsers have no passkeys there. */
                                passkey: boolean;
                                /** @description Always true. */
                                password: boolean;
                                /** @description Providers of OpenID Connect. */
                                oidc: {
                                    /** @description Stands in its addresses. */
                                    id: string;
                                    /** @description For the button. */
                                    name: string;
                                }[];
                            };
                            /** @description True while nobody can sign in: muster setup-link on the host makes the first link. */
                            setupNeeded: boolean;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/step-up/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show by password and code that one is there */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description Password, and totp or recoveryCode. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description The password. */
                        password: string;
                        /** @description One-time code, six digits. */
                        totp?: string;
                        /** @description Recovery code; spaces and dashes do not matter. */
                        recoveryCode?: string;
                    };
                };
            };
            responses: {
                /** @description Who is signed in, and how one can sign in. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Who is signed in; null: nobody. */
                            person: {
                                /** @description Person id. */
                                id: string;
                                /** @description Short name; also the name for signing in by password. */
                                handle: string;
                                /** @description Name for people. */
                                name: string;
                            } | null;
                            /** @description The session of the cookie; null: nobody is signed in, or a token asks. */
                            session: {
                                /** @description Session id. */
                                id: string;
                                /** @description How: passkey, password, oidc or setup. */
                                method: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends at the latest.
                                 */
                                expiresAt: string;
                            } | null;
                            /** @description When the person last showed to be there; step-up renews it. */
                            provenAt: string | null;
                            /** @description How much longer privileged acts are taken by that proof, ms; 0: they ask for a new one. */
                            provenForMs: number;
                            /** @description What the session may do somewhere. */
                            permissions: string[];
                            /** @description The same with the devices, kinds and content it holds for. */
                            grants: {
                                /** @description The permission. */
                                permission: string;
                                /** @description Expression for the devices; null: every device. */
                                where: string | null;
                                /** @description Kinds of commands; null: every kind. */
                                kinds: string[] | null;
                                /** @description Hashes of signed content; null: any. */
                                contents: string[] | null;
                            }[];
                            /** @description What the account lacks; until then the session may do nothing else. null: nothing. */
                            mustSetUp: "second-factor" | null;
                            /** @description Ways to sign in. */
                            methods: {
                                /** @description False when the address is no name: browsers have no passkeys there. */
                                passkey: boolean;
                                /** @description Always true. */
                                password: boolean;
                                /** @description Providers of OpenID Connect. */
                                oidc: {
                                    /** @description Stands in its addresses. */
                                    id: string;
                                    /** @description For the button. */
                                    name: string;
                                }[];
                            };
                            /** @description True while nobody can sign in: muster setup-link on the host makes the first link. */
                            setupNeeded: boolean;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/setup/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show whom a setup link is for, and begin to register a passkey */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description Secret of a setup link. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description What stands behind # in the setup link. */
                        secret: string;
                    };
                };
            };
            responses: {
                /** @description Whom the link is for, and what a passkey is registered with. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description A person. */
                            person: {
                                /** @description Person id. */
                                id: string;
                                /** @description Short name; also the name for signing in by password. */
                                handle: string;
                                /** @description Name for people. */
                                name: string;
                            };
                            /** @description True when nobody can sign in yet. */
                            isFirst: boolean;
                            /** @description True when the person can sign in already: spending the link removes his passkeys, password, codes and accounts of providers, ends his sessions and revokes his API tokens. */
                            endsFormer: boolean;
                            /**
                             * Format: date-time
                             * @description When the link ends.
                             */
                            expiresAt: string;
                            /** @description What a passkey is registered with; null where browsers have none. */
                            passkey: {
                                /** @description Names the challenge. */
                                challengeId: string;
                                /** @description Options for navigator.credentials.create(), JSON form. */
                                options: {
                                    rp: {
                                        id?: string;
                                        name: string;
                                    };
                                    user: {
                                        id: string;
                                        name: string;
                                        displayName: string;
                                    };
                                    /** @description The challenge, base64url. */
                                    challenge: string;
                                    pubKeyCredParams: {
                                        alg: number;
                                        /** @enum {string} */
                                        type: "public-key";
                                    }[];
                                    /** @description ms. */
                                    timeout?: number;
                                    excludeCredentials?: {
                                        /** @description Credential id, base64url. */
                                        id: string;
                                        /** @enum {string} */
                                        type: "public-key";
                                        /** @description How it is reached. */
                                        transports?: string[];
                                    }[];
                                    authenticatorSelection?: {
                                        /** @description Whether the authenticator must verify the person. */
                                        residentKey?: "required" | "preferred" | "discouraged";
                                        requireResidentKey?: boolean;
                                        /** @description Whether the authenticator must verify the person. */
                                        userVerification?: "required" | "preferred" | "discouraged";
                                    };
                                    /** @enum {string} */
                                    attestation?: "none";
                                };
                            } | null;
                            /** @description Ways to sign in. */
                            methods: {
                                /** @description False when the address is no name: browsers have no passkeys there. */
                                passkey: boolean;
                                /** @description Always true. */
                                password: boolean;
                                /** @description Providers of OpenID Connect. */
                                oidc: {
                                    /** @description Stands in its addresses. */
                                    id: string;
                                    /** @description For the button. */
                                    name: string;
                                }[];
                            };
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Spend a setup link: register a passkey or a password, and be signed in */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description The link, the name the person wants, and either a passkey or a password. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description What stands behind # in the setup link. */
                        secret: string;
                        /** @description Name for people. */
                        name?: string;
                        /** @description A passkey that a browser has made. */
                        passkey?: {
                            /** @description Names the challenge; good for one attempt within 5 minutes. */
                            challengeId: string;
                            /** @description Name for people, as the device it lies on. */
                            name: string;
                            response: {
                                /** @description Credential id, base64url. */
                                id: string;
                                /** @description Credential id, base64url. */
                                rawId: string;
                                /** @enum {string} */
                                type: "public-key";
                                /** @description How it is attached. */
                                authenticatorAttachment?: "platform" | "cross-platform";
                                /** @description Results of extensions; not used. */
                                clientExtensionResults: {
                                    [key: string]: unknown;
                                };
                                response: {
                                    /** @description Client data, base64url. */
                                    clientDataJSON: string;
                                    /** @description Attestation, base64url. */
                                    attestationObject: string;
                                    /** @description Authenticator data, base64url. */
                                    authenticatorData?: string;
                                    transports?: string[];
                                    publicKeyAlgorithm?: number;
                                    /** @description Public key, base64url. */
                                    publicKey?: string;
                                };
                            };
                        };
                        /** @description The password. */
                        password?: string;
                    };
                };
            };
            responses: {
                /** @description Who is signed in, and how one can sign in. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Who is signed in; null: nobody. */
                            person: {
                                /** @description Person id. */
                                id: string;
                                /** @description Short name; also the name for signing in by password. */
                                handle: string;
                                /** @description Name for people. */
                                name: string;
                            } | null;
                            /** @description The session of the cookie; null: nobody is signed in, or a token asks. */
                            session: {
                                /** @description Session id. */
                                id: string;
                                /** @description How: passkey, password, oidc or setup. */
                                method: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends at the latest.
                                 */
                                expiresAt: string;
                            } | null;
                            /** @description When the person last showed to be there; step-up renews it. */
                            provenAt: string | null;
                            /** @description How much longer privileged acts are taken by that proof, ms; 0: they ask for a new one. */
                            provenForMs: number;
                            /** @description What the session may do somewhere. */
                            permissions: string[];
                            /** @description The same with the devices, kinds and content it holds for. */
                            grants: {
                                /** @description The permission. */
                                permission: string;
                                /** @description Expression for the devices; null: every device. */
                                where: string | null;
                                /** @description Kinds of commands; null: every kind. */
                                kinds: string[] | null;
                                /** @description Hashes of signed content; null: any. */
                                contents: string[] | null;
                            }[];
                            /** @description What the account lacks; until then the session may do nothing else. null: nothing. */
                            mustSetUp: "second-factor" | null;
                            /** @description Ways to sign in. */
                            methods: {
                                /** @description False when the address is no name: browsers have no passkeys there. */
                                passkey: boolean;
                                /** @description Always true. */
                                password: boolean;
                                /** @description Providers of OpenID Connect. */
                                oidc: {
                                    /** @description Stands in its addresses. */
                                    id: string;
                                    /** @description For the button. */
                                    name: string;
                                }[];
                            };
                            /** @description True while nobody can sign in: muster setup-link on the host makes the first link. */
                            setupNeeded: boolean;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/signin/oidc/{id}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Go to a provider to sign in */
        get: {
            parameters: {
                query?: {
                    /** @description Path of the console where the person goes on; / without it. */
                    next?: string;
                };
                header?: never;
                path: {
                    /** @description Provider id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                302: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/signin/oidc/{id}/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Come back from a provider */
        get: {
            parameters: {
                query?: {
                    state?: string;
                    code?: string;
                    error?: string;
                };
                header?: never;
                path: {
                    /** @description Provider id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                302: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/setup/oidc/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Spend a setup link by an account of a provider */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Provider id. */
                    id: string;
                };
                cookie?: never;
            };
            /** @description The link and the name the person wants. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description What stands behind # in the setup link. */
                        secret: string;
                        /** @description Name for people. */
                        name?: string;
                        /** @description Path of the console where the person goes on; / without it. */
                        next?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Address at the provider; the page goes there. */
                            url: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/oidc/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Link an account of a provider */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Provider id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Path of the console where the person goes on; / without it. */
                        next?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Address at the provider; the page goes there. */
                            url: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/step-up/oidc/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show at a provider that one is there */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Provider id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Path of the console where the person goes on; / without it. */
                        next?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Address at the provider; the page goes there. */
                            url: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show how one signs in */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The ways in which a person can sign in. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Oldest first. */
                            passkeys: {
                                /** @description Passkey id. */
                                id: string;
                                /** @description Name for people. */
                                name: string;
                                /** @description True when its maker keeps copies, as of those in a phone. */
                                synced: boolean;
                                /** @description Credential id, base64url: by it a page asks for this one. */
                                credential: string;
                                /** @description Its public key as documents write it: the uncompressed P-256 point (65 bytes), base64url; null: of a kind that signs nothing here. */
                                signingKey: string | null;
                                /**
                                 * Format: date-time
                                 * @description When it was registered.
                                 */
                                createdAt: string;
                                /** @description When it was last used; null: never since. */
                                usedAt: string | null;
                            }[];
                            /** @description When the password was set; null: none. */
                            passwordAt: string | null;
                            /** @description When the one-time code was confirmed; null: none, so that the password does not count. */
                            totpAt: string | null;
                            /** @description Recovery codes left. */
                            recoveryCodes: number;
                            /** @description Oldest first. */
                            identities: {
                                /** @description Identity id. */
                                id: string;
                                /** @description The provider. */
                                issuer: string;
                                /** @description What the provider calls this person. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it was linked.
                                 */
                                createdAt: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/identities/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Unlink an account of a provider */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Identity id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The ways in which a person can sign in. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Oldest first. */
                            passkeys: {
                                /** @description Passkey id. */
                                id: string;
                                /** @description Name for people. */
                                name: string;
                                /** @description True when its maker keeps copies, as of those in a phone. */
                                synced: boolean;
                                /** @description Credential id, base64url: by it a page asks for this one. */
                                credential: string;
                                /** @description Its public key as documents write it: the uncompressed P-256 point (65 bytes), base64url; null: of a kind that signs nothing here. */
                                signingKey: string | null;
                                /**
                                 * Format: date-time
                                 * @description When it was registered.
                                 */
                                createdAt: string;
                                /** @description When it was last used; null: never since. */
                                usedAt: string | null;
                            }[];
                            /** @description When the password was set; null: none. */
                            passwordAt: string | null;
                            /** @description When the one-time code was confirmed; null: none, so that the password does not count. */
                            totpAt: string | null;
                            /** @description Recovery codes left. */
                            recoveryCodes: number;
                            /** @description Oldest first. */
                            identities: {
                                /** @description Identity id. */
                                id: string;
                                /** @description The provider. */
                                issuer: string;
                                /** @description What the provider calls this person. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it was linked.
                                 */
                                createdAt: string;
                            }[];
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List one’s passkeys */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description All passkeys, oldest first. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description Passkey id. */
                                id: string;
                                /** @description Name for people. */
                                name: string;
                                /** @description True when its maker keeps copies, as of those in a phone. */
                                synced: boolean;
                                /** @description Credential id, base64url: by it a page asks for this one. */
                                credential: string;
                                /** @description Its public key as documents write it: the uncompressed P-256 point (65 bytes), base64url; null: of a kind that signs nothing here. */
                                signingKey: string | null;
                                /**
                                 * Format: date-time
                                 * @description When it was registered.
                                 */
                                createdAt: string;
                                /** @description When it was last used; null: never since. */
                                usedAt: string | null;
                            }[];
                            /** @description Always null: the list is short. */
                            next: null;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Register a passkey */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description A passkey that a browser has made. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Names the challenge; good for one attempt within 5 minutes. */
                        challengeId: string;
                        /** @description Name for people, as the device it lies on. */
                        name: string;
                        response: {
                            /** @description Credential id, base64url. */
                            id: string;
                            /** @description Credential id, base64url. */
                            rawId: string;
                            /** @enum {string} */
                            type: "public-key";
                            /** @description How it is attached. */
                            authenticatorAttachment?: "platform" | "cross-platform";
                            /** @description Results of extensions; not used. */
                            clientExtensionResults: {
                                [key: string]: unknown;
                            };
                            response: {
                                /** @description Client data, base64url. */
                                clientDataJSON: string;
                                /** @description Attestation, base64url. */
                                attestationObject: string;
                                /** @description Authenticator data, base64url. */
                                authenticatorData?: string;
                                transports?: string[];
                                publicKeyAlgorithm?: number;
                                /** @description Public key, base64url. */
                                publicKey?: string;
                            };
                        };
                    };
                };
            };
            responses: {
                /** @description The ways in which a person can sign in. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Oldest first. */
                            passkeys: {
                                /** @description Passkey id. */
                                id: string;
                                /** @description Name for people. */
                                name: string;
                                /** @description True when its maker keeps copies, as of those in a phone. */
                                synced: boolean;
                                /** @description Credential id, base64url: by it a page asks for this one. */
                                credential: string;
                                /** @description Its public key as documents write it: the uncompressed P-256 point (65 bytes), base64url; null: of a kind that signs nothing here. */
                                signingKey: string | null;
                                /**
                                 * Format: date-time
                                 * @description When it was registered.
                                 */
                                createdAt: string;
                                /** @description When it was last used; null: never since. */
                                usedAt: string | null;
                            }[];
                            /** @description When the password was set; null: none. */
                            passwordAt: string | null;
                            /** @description When the one-time code was confirmed; null: none, so that the password does not count. */
                            totpAt: string | null;
                            /** @description Recovery codes left. */
                            recoveryCodes: number;
                            /** @description Oldest first. */
                            identities: {
                                /** @description Identity id. */
                                id: string;
                                /** @description The provider. */
                                issuer: string;
                                /** @description What the provider calls this person. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it was linked.
                                 */
                                createdAt: string;
                            }[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/passkeys/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin to register a passkey */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What a passkey is registered with. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Names the challenge; good for one attempt within 5 minutes. */
                            challengeId: string;
                            /** @description Options for navigator.credentials.create(), JSON form. */
                            options: {
                                rp: {
                                    id?: string;
                                    name: string;
                                };
                                user: {
                                    id: string;
                                    name: string;
                                    displayName: string;
                                };
                                /** @description The challenge, base64url. */
                                challenge: string;
                                pubKeyCredParams: {
                                    alg: number;
                                    /** @enum {string} */
                                    type: "public-key";
                                }[];
                                /** @description ms. */
                                timeout?: number;
                                excludeCredentials?: {
                                    /** @description Credential id, base64url. */
                                    id: string;
                                    /** @enum {string} */
                                    type: "public-key";
                                    /** @description How it is reached. */
                                    transports?: string[];
                                }[];
                                authenticatorSelection?: {
                                    /** @description Whether the authenticator must verify the person. */
                                    residentKey?: "required" | "preferred" | "discouraged";
                                    requireResidentKey?: boolean;
                                    /** @description Whether the authenticator must verify the person. */
                                    userVerification?: "required" | "preferred" | "discouraged";
                                };
                                /** @enum {string} */
                                attestation?: "none";
                            };
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/passkeys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a passkey */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Passkey id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The ways in which a person can sign in. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Oldest first. */
                            passkeys: {
                                /** @description Passkey id. */
                                id: string;
                                /** @description Name for people. */
                                name: string;
                                /** @description True when its maker keeps copies, as of those in a phone. */
                                synced: boolean;
                                /** @description Credential id, base64url: by it a page asks for this one. */
                                credential: string;
                                /** @description Its public key as documents write it: the uncompressed P-256 point (65 bytes), base64url; null: of a kind that signs nothing here. */
                                signingKey: string | null;
                                /**
                                 * Format: date-time
                                 * @description When it was registered.
                                 */
                                createdAt: string;
                                /** @description When it was last used; null: never since. */
                                usedAt: string | null;
                            }[];
                            /** @description When the password was set; null: none. */
                            passwordAt: string | null;
                            /** @description When the one-time code was confirmed; null: none, so that the password does not count. */
                            totpAt: string | null;
                            /** @description Recovery codes left. */
                            recoveryCodes: number;
                            /** @description Oldest first. */
                            identities: {
                                /** @description Identity id. */
                                id: string;
                                /** @description The provider. */
                                issuer: string;
                                /** @description What the provider calls this person. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it was linked.
                                 */
                                createdAt: string;
                            }[];
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set or change the password; it counts once a one-time code is in force */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description At least 12 characters, and none of the worst known ones. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description The password. */
                        password: string;
                    };
                };
            };
            responses: {
                /** @description The ways in which a person can sign in. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Oldest first. */
                            passkeys: {
                                /** @description Passkey id. */
                                id: string;
                                /** @description Name for people. */
                                name: string;
                                /** @description True when its maker keeps copies, as of those in a phone. */
                                synced: boolean;
                                /** @description Credential id, base64url: by it a page asks for this one. */
                                credential: string;
                                /** @description Its public key as documents write it: the uncompressed P-256 point (65 bytes), base64url; null: of a kind that signs nothing here. */
                                signingKey: string | null;
                                /**
                                 * Format: date-time
                                 * @description When it was registered.
                                 */
                                createdAt: string;
                                /** @description When it was last used; null: never since. */
                                usedAt: string | null;
                            }[];
                            /** @description When the password was set; null: none. */
                            passwordAt: string | null;
                            /** @description When the one-time code was confirmed; null: none, so that the password does not count. */
                            totpAt: string | null;
                            /** @description Recovery codes left. */
                            recoveryCodes: number;
                            /** @description Oldest first. */
                            identities: {
                                /** @description Identity id. */
                                id: string;
                                /** @description The provider. */
                                issuer: string;
                                /** @description What the provider calls this person. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it was linked.
                                 */
                                createdAt: string;
                            }[];
                        };
                    };
                };
            };
        };
        /** Remove password, one-time code and recovery codes */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The ways in which a person can sign in. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Oldest first. */
                            passkeys: {
                                /** @description Passkey id. */
                                id: string;
                                /** @description Name for people. */
                                name: string;
                                /** @description True when its maker keeps copies, as of those in a phone. */
                                synced: boolean;
                                /** @description Credential id, base64url: by it a page asks for this one. */
                                credential: string;
                                /** @description Its public key as documents write it: the uncompressed P-256 point (65 bytes), base64url; null: of a kind that signs nothing here. */
                                signingKey: string | null;
                                /**
                                 * Format: date-time
                                 * @description When it was registered.
                                 */
                                createdAt: string;
                                /** @description When it was last used; null: never since. */
                                usedAt: string | null;
                            }[];
                            /** @description When the password was set; null: none. */
                            passwordAt: string | null;
                            /** @description When the one-time code was confirmed; null: none, so that the password does not count. */
                            totpAt: string | null;
                            /** @description Recovery codes left. */
                            recoveryCodes: number;
                            /** @description Oldest first. */
                            identities: {
                                /** @description Identity id. */
                                id: string;
                                /** @description The provider. */
                                issuer: string;
                                /** @description What the provider calls this person. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it was linked.
                                 */
                                createdAt: string;
                            }[];
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a secret of one-time codes; it counts once a code of it was confirmed */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A secret that counts once a code of it was confirmed. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description The secret, base32; shown this once. */
                            secret: string;
                            /** @description The same as otpauth:// address, for a QR code. */
                            uri: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Confirm it by a code; recovery codes are made anew */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description A code of the new secret. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description One-time code, six digits. */
                        code: string;
                    };
                };
            };
            responses: {
                /** @description New recovery codes; shown this once. Former ones do not count any more. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Each is good once. */
                            codes: string[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Count the recovery codes left */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            left: number;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Make recovery codes; former ones are void */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description New recovery codes; shown this once. Former ones do not count any more. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Each is good once. */
                            codes: string[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List one’s sessions */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Sessions, newest first. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description Session id. */
                                id: string;
                                /** @description True for the one that asks. */
                                isCurrent: boolean;
                                /** @description How it was signed in: passkey, password, oidc or setup. */
                                method: string;
                                /** @description Address it was signed in from. */
                                address: string;
                                /** @description Browser, as it named itself. */
                                program: string;
                                /**
                                 * Format: date-time
                                 * @description When it was signed in.
                                 */
                                createdAt: string;
                                /**
                                 * Format: date-time
                                 * @description When it was last used; up to a minute late.
                                 */
                                usedAt: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends at the latest.
                                 */
                                expiresAt: string;
                            }[];
                            /** @description Always null: the list is short. */
                            next: null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** End one’s other sessions */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Sessions that ended. */
                            ended: number;
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one of one’s sessions */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Session id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Sessions, newest first. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description Session id. */
                                id: string;
                                /** @description True for the one that asks. */
                                isCurrent: boolean;
                                /** @description How it was signed in: passkey, password, oidc or setup. */
                                method: string;
                                /** @description Address it was signed in from. */
                                address: string;
                                /** @description Browser, as it named itself. */
                                program: string;
                                /**
                                 * Format: date-time
                                 * @description When it was signed in.
                                 */
                                createdAt: string;
                                /**
                                 * Format: date-time
                                 * @description When it was last used; up to a minute late.
                                 */
                                usedAt: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends at the latest.
                                 */
                                expiresAt: string;
                            }[];
                            /** @description Always null: the list is short. */
                            next: null;
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/persons/{id}/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show how a person signs in */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Person id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The ways in which a person can sign in. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Oldest first. */
                            passkeys: {
                                /** @description Passkey id. */
                                id: string;
                                /** @description Name for people. */
                                name: string;
                                /** @description True when its maker keeps copies, as of those in a phone. */
                                synced: boolean;
                                /** @description Credential id, base64url: by it a page asks for this one. */
                                credential: string;
                                /** @description Its public key as documents write it: the uncompressed P-256 point (65 bytes), base64url; null: of a kind that signs nothing here. */
                                signingKey: string | null;
                                /**
                                 * Format: date-time
                                 * @description When it was registered.
                                 */
                                createdAt: string;
                                /** @description When it was last used; null: never since. */
                                usedAt: string | null;
                            }[];
                            /** @description When the password was set; null: none. */
                            passwordAt: string | null;
                            /** @description When the one-time code was confirmed; null: none, so that the password does not count. */
                            totpAt: string | null;
                            /** @description Recovery codes left. */
                            recoveryCodes: number;
                            /** @description Oldest first. */
                            identities: {
                                /** @description Identity id. */
                                id: string;
                                /** @description The provider. */
                                issuer: string;
                                /** @description What the provider calls this person. */
                                name: string;
                                /**
                                 * Format: date-time
                                 * @description When it was linked.
                                 */
                                createdAt: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/persons/{id}/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a link by which a person sets up his account, or gets back into it */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Person id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A link by which the person sets up his account, once. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description The link; shown this once. */
                            url: string;
                            /**
                             * Format: date-time
                             * @description When it ends.
                             */
                            expiresAt: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/persons/{id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the sessions of a person */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Person id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Sessions, newest first. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description Session id. */
                                id: string;
                                /** @description True for the one that asks. */
                                isCurrent: boolean;
                                /** @description How it was signed in: passkey, password, oidc or setup. */
                                method: string;
                                /** @description Address it was signed in from. */
                                address: string;
                                /** @description Browser, as it named itself. */
                                program: string;
                                /**
                                 * Format: date-time
                                 * @description When it was signed in.
                                 */
                                createdAt: string;
                                /**
                                 * Format: date-time
                                 * @description When it was last used; up to a minute late.
                                 */
                                usedAt: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends at the latest.
                                 */
                                expiresAt: string;
                            }[];
                            /** @description Always null: the list is short. */
                            next: null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** End all sessions of a person */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Person id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Sessions that ended. */
                            ended: number;
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/persons/{id}/sessions/{sessionId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a session of a person */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Person id. */
                    id: string;
                    /** @description Session id. */
                    sessionId: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Sessions, newest first. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description Session id. */
                                id: string;
                                /** @description True for the one that asks. */
                                isCurrent: boolean;
                                /** @description How it was signed in: passkey, password, oidc or setup. */
                                method: string;
                                /** @description Address it was signed in from. */
                                address: string;
                                /** @description Browser, as it named itself. */
                                program: string;
                                /**
                                 * Format: date-time
                                 * @description When it was signed in.
                                 */
                                createdAt: string;
                                /**
                                 * Format: date-time
                                 * @description When it was last used; up to a minute late.
                                 */
                                usedAt: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends at the latest.
                                 */
                                expiresAt: string;
                            }[];
                            /** @description Always null: the list is short. */
                            next: null;
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List devices, by host name if nothing else is said */
        get: {
            parameters: {
                query?: {
                    /** @description Rows of the page. */
                    limit?: number;
                    /** @description The `next` of the page before; nothing for the first page. */
                    cursor?: string;
                    /** @description Names of the fields wanted of each item, with commas between; all without it. */
                    fields?: string;
                    /** @description Order: host name, id, or when a device was last connected (now while it is online); with - the other way round. */
                    sort?: "hostname" | "-hostname" | "id" | "-id" | "seen" | "-seen";
                    /** @description Expression that holds for the devices, as `os.family == "debian" && label("env") == "prod"`. */
                    on?: string;
                    /** @description Id of a group: only its members. Needs the permission groups.read. */
                    group?: string;
                    /** @description pending waits for approval, quarantined for a decision of an admin; retired is final. */
                    state?: "pending" | "active" | "quarantined" | "retired";
                    /** @description Beginning of the host name. */
                    hostname?: string;
                    /** @description Beginning of the device id. */
                    id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description Device id. */
                                id: string;
                                /** @description Host name as the device reports it. */
                                hostname: string;
                                /** @description pending waits for approval, quarantined for a decision of an admin; retired is final. */
                                state: "pending" | "active" | "quarantined" | "retired";
                                /** @description Code that led to the state; empty when there is none. */
                                stateReason: string;
                                /** @description missing: offline for 30 days or longer; never: has not connected yet. */
                                presence: "online" | "offline" | "missing" | "never";
                                /** @description Operating system in words. */
                                platform: string;
                                /** @description Version of the agent build. */
                                agentVersion: string;
                                /** @description Labels, key to value. */
                                labels: {
                                    [key: string]: string;
                                };
                                /** @description Fingerprint of the device key, for comparison by people. */
                                fingerprint: string;
                                /**
                                 * Format: date-time
                                 * @description When the device enrolled.
                                 */
                                enrolledAt: string;
                                /** @description Id of the enrollment token that it came with. */
                                enrolledWith: string;
                                /** @description When the present session began; null while offline. */
                                onlineSince: string | null;
                                /** @description Last transition between online and offline; null before the first session. */
                                lastSeenAt: string | null;
                                /** @description Device clock minus server clock at the last session, ms. */
                                clockOffsetMs: number;
                                /** @description Facts of the inventory; null when they were not asked for. */
                                facts: {
                                    /** @description Operating system. Null: the device has not said. */
                                    osName: string | null;
                                    /** @description Its version. Null: the device has not said. */
                                    osVersion: string | null;
                                    /** @description Short name of the distribution, as `debian`. Null: the device has not said. */
                                    osPlatform: string | null;
                                    /** @description Machine architecture. Null: the device has not said. */
                                    arch: string | null;
                                    /** @description Running kernel. Null: the device has not said. */
                                    kernel: string | null;
                                    /** @description When the system started. Null: the device has not said. */
                                    bootTime: string | null;
                                    /** @description Processor. Null: the device has not said. */
                                    cpuModel: string | null;
                                    /** @description Processor packages. Null: the device has not said. */
                                    cpuSockets: number | null;
                                    /** @description Logical processors. Null: the device has not said. */
                                    cpuThreads: number | null;
                                    /** @description Memory, bytes. Null: the device has not said. */
                                    memoryBytes: number | null;
                                    /** @description Swap, bytes. Null: the device has not said. */
                                    swapBytes: number | null;
                                    /** @description Maker of the machine. Null: the device has not said. */
                                    vendor: string | null;
                                    /** @description Model of the machine. Null: the device has not said. */
                                    model: string | null;
                                    /** @description Whether it is a virtual machine. Null: the device has not said. */
                                    virtual: boolean | null;
                                    /** @description Whether an update waits for a reboot. Null: the device has not said. */
                                    rebootRequired: boolean | null;
                                    /** @description Installed packages. Null: the device has not said. */
                                    packages: number | null;
                                } | null;
                            }[];
                            /** @description Cursor of the next page; null on the last. */
                            next: string | null;
                            /** @description Devices that fit in all, exactly; null while the server still reads its devices. */
                            count: number | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a device */
        get: {
            parameters: {
                query?: {
                    /** @description Names of the fields wanted of each item, with commas between; all without it. */
                    fields?: string;
                };
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A managed computer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Device id. */
                            id: string;
                            /** @description Host name as the device reports it. */
                            hostname: string;
                            /** @description pending waits for approval, quarantined for a decision of an admin; retired is final. */
                            state: "pending" | "active" | "quarantined" | "retired";
                            /** @description Code that led to the state; empty when there is none. */
                            stateReason: string;
                            /** @description missing: offline for 30 days or longer; never: has not connected yet. */
                            presence: "online" | "offline" | "missing" | "never";
                            /** @description Operating system in words. */
                            platform: string;
                            /** @description Version of the agent build. */
                            agentVersion: string;
                            /** @description Labels, key to value. */
                            labels: {
                                [key: string]: string;
                            };
                            /** @description Fingerprint of the device key, for comparison by people. */
                            fingerprint: string;
                            /**
                             * Format: date-time
                             * @description When the device enrolled.
                             */
                            enrolledAt: string;
                            /** @description Id of the enrollment token that it came with. */
                            enrolledWith: string;
                            /** @description When the present session began; null while offline. */
                            onlineSince: string | null;
                            /** @description Last transition between online and offline; null before the first session. */
                            lastSeenAt: string | null;
                            /** @description Device clock minus server clock at the last session, ms. */
                            clockOffsetMs: number;
                            /** @description Facts of the inventory; null when they were not asked for. */
                            facts: {
                                /** @description Operating system. Null: the device has not said. */
                                osName: string | null;
                                /** @description Its version. Null: the device has not said. */
                                osVersion: string | null;
                                /** @description Short name of the distribution, as `debian`. Null: the device has not said. */
                                osPlatform: string | null;
                                /** @description Machine architecture. Null: the device has not said. */
                                arch: string | null;
                                /** @description Running kernel. Null: the device has not said. */
                                kernel: string | null;
                                /** @description When the system started. Null: the device has not said. */
                                bootTime: string | null;
                                /** @description Processor. Null: the device has not said. */
                                cpuModel: string | null;
                                /** @description Processor packages. Null: the device has not said. */
                                cpuSockets: number | null;
                                /** @description Logical processors. Null: the device has not said. */
                                cpuThreads: number | null;
                                /** @description Memory, bytes. Null: the device has not said. */
                                memoryBytes: number | null;
                                /** @description Swap, bytes. Null: the device has not said. */
                                swapBytes: number | null;
                                /** @description Maker of the machine. Null: the device has not said. */
                                vendor: string | null;
                                /** @description Model of the machine. Null: the device has not said. */
                                model: string | null;
                                /** @description Whether it is a virtual machine. Null: the device has not said. */
                                virtual: boolean | null;
                                /** @description Whether an update waits for a reboot. Null: the device has not said. */
                                rebootRequired: boolean | null;
                                /** @description Installed packages. Null: the device has not said. */
                                packages: number | null;
                            } | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Set and remove labels of a device */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                };
                cookie?: never;
            };
            /** @description What changes of a device; a merge patch (RFC 7396). */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Labels to set, key to value; null takes one away. All others stay as they are. */
                        labels: {
                            [key: string]: string | null;
                        };
                    };
                };
            };
            responses: {
                /** @description A managed computer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Device id. */
                            id: string;
                            /** @description Host name as the device reports it. */
                            hostname: string;
                            /** @description pending waits for approval, quarantined for a decision of an admin; retired is final. */
                            state: "pending" | "active" | "quarantined" | "retired";
                            /** @description Code that led to the state; empty when there is none. */
                            stateReason: string;
                            /** @description missing: offline for 30 days or longer; never: has not connected yet. */
                            presence: "online" | "offline" | "missing" | "never";
                            /** @description Operating system in words. */
                            platform: string;
                            /** @description Version of the agent build. */
                            agentVersion: string;
                            /** @description Labels, key to value. */
                            labels: {
                                [key: string]: string;
                            };
                            /** @description Fingerprint of the device key, for comparison by people. */
                            fingerprint: string;
                            /**
                             * Format: date-time
                             * @description When the device enrolled.
                             */
                            enrolledAt: string;
                            /** @description Id of the enrollment token that it came with. */
                            enrolledWith: string;
                            /** @description When the present session began; null while offline. */
                            onlineSince: string | null;
                            /** @description Last transition between online and offline; null before the first session. */
                            lastSeenAt: string | null;
                            /** @description Device clock minus server clock at the last session, ms. */
                            clockOffsetMs: number;
                            /** @description Facts of the inventory; null when they were not asked for. */
                            facts: {
                                /** @description Operating system. Null: the device has not said. */
                                osName: string | null;
                                /** @description Its version. Null: the device has not said. */
                                osVersion: string | null;
                                /** @description Short name of the distribution, as `debian`. Null: the device has not said. */
                                osPlatform: string | null;
                                /** @description Machine architecture. Null: the device has not said. */
                                arch: string | null;
                                /** @description Running kernel. Null: the device has not said. */
                                kernel: string | null;
                                /** @description When the system started. Null: the device has not said. */
                                bootTime: string | null;
                                /** @description Processor. Null: the device has not said. */
                                cpuModel: string | null;
                                /** @description Processor packages. Null: the device has not said. */
                                cpuSockets: number | null;
                                /** @description Logical processors. Null: the device has not said. */
                                cpuThreads: number | null;
                                /** @description Memory, bytes. Null: the device has not said. */
                                memoryBytes: number | null;
                                /** @description Swap, bytes. Null: the device has not said. */
                                swapBytes: number | null;
                                /** @description Maker of the machine. Null: the device has not said. */
                                vendor: string | null;
                                /** @description Model of the machine. Null: the device has not said. */
                                model: string | null;
                                /** @description Whether it is a virtual machine. Null: the device has not said. */
                                virtual: boolean | null;
                                /** @description Whether an update waits for a reboot. Null: the device has not said. */
                                rebootRequired: boolean | null;
                                /** @description Installed packages. Null: the device has not said. */
                                packages: number | null;
                            } | null;
                        };
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/devices/{id}/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Approve, release or retire a device */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                };
                cookie?: never;
            };
            /** @description A decision about a device. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description approve: a pending device becomes active; release: a quarantined one becomes active again; retire: for good. */
                        decision: "approve" | "release" | "retire";
                    };
                };
            };
            responses: {
                /** @description A managed computer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Device id. */
                            id: string;
                            /** @description Host name as the device reports it. */
                            hostname: string;
                            /** @description pending waits for approval, quarantined for a decision of an admin; retired is final. */
                            state: "pending" | "active" | "quarantined" | "retired";
                            /** @description Code that led to the state; empty when there is none. */
                            stateReason: string;
                            /** @description missing: offline for 30 days or longer; never: has not connected yet. */
                            presence: "online" | "offline" | "missing" | "never";
                            /** @description Operating system in words. */
                            platform: string;
                            /** @description Version of the agent build. */
                            agentVersion: string;
                            /** @description Labels, key to value. */
                            labels: {
                                [key: string]: string;
                            };
                            /** @description Fingerprint of the device key, for comparison by people. */
                            fingerprint: string;
                            /**
                             * Format: date-time
                             * @description When the device enrolled.
                             */
                            enrolledAt: string;
                            /** @description Id of the enrollment token that it came with. */
                            enrolledWith: string;
                            /** @description When the present session began; null while offline. */
                            onlineSince: string | null;
                            /** @description Last transition between online and offline; null before the first session. */
                            lastSeenAt: string | null;
                            /** @description Device clock minus server clock at the last session, ms. */
                            clockOffsetMs: number;
                            /** @description Facts of the inventory; null when they were not asked for. */
                            facts: {
                                /** @description Operating system. Null: the device has not said. */
                                osName: string | null;
                                /** @description Its version. Null: the device has not said. */
                                osVersion: string | null;
                                /** @description Short name of the distribution, as `debian`. Null: the device has not said. */
                                osPlatform: string | null;
                                /** @description Machine architecture. Null: the device has not said. */
                                arch: string | null;
                                /** @description Running kernel. Null: the device has not said. */
                                kernel: string | null;
                                /** @description When the system started. Null: the device has not said. */
                                bootTime: string | null;
                                /** @description Processor. Null: the device has not said. */
                                cpuModel: string | null;
                                /** @description Processor packages. Null: the device has not said. */
                                cpuSockets: number | null;
                                /** @description Logical processors. Null: the device has not said. */
                                cpuThreads: number | null;
                                /** @description Memory, bytes. Null: the device has not said. */
                                memoryBytes: number | null;
                                /** @description Swap, bytes. Null: the device has not said. */
                                swapBytes: number | null;
                                /** @description Maker of the machine. Null: the device has not said. */
                                vendor: string | null;
                                /** @description Model of the machine. Null: the device has not said. */
                                model: string | null;
                                /** @description Whether it is a virtual machine. Null: the device has not said. */
                                virtual: boolean | null;
                                /** @description Whether an update waits for a reboot. Null: the device has not said. */
                                rebootRequired: boolean | null;
                                /** @description Installed packages. Null: the device has not said. */
                                packages: number | null;
                            } | null;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List saved views: one’s own, then those that others share */
        get: {
            parameters: {
                query?: {
                    /** @description Page whose list it is, as `devices`. */
                    page?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            views: {
                                /** @description View id. */
                                id: string;
                                /** @description Page whose list it is, as `devices`. */
                                page: string;
                                /** @description Name for people. */
                                name: string;
                                /** @description What stands behind `?` in the address of the page: filter, columns, order. */
                                search: string;
                                /** @description Everybody of the organization sees it; only its maker changes it. */
                                shared: boolean;
                                /** @description True for those of the caller. */
                                own: boolean;
                                /** @description The page opens with it for the caller. */
                                default: boolean;
                                /** @description Who keeps it. */
                                ownerName: string;
                                /**
                                 * Format: date-time
                                 * @description When it was changed last.
                                 */
                                changedAt: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        /** Save a view */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description A view to be saved. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Page whose list it is, as `devices`. */
                        page: string;
                        /** @description Name for people. */
                        name: string;
                        /** @description What stands behind `?` in the address of the page: filter, columns, order. */
                        search: string;
                        /**
                         * @description Needs the permission views.write.
                         * @default false
                         */
                        shared?: boolean;
                        /**
                         * @description Let the page open with it.
                         * @default false
                         */
                        default?: boolean;
                    };
                };
            };
            responses: {
                /** @description A saved view of a list. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description View id. */
                            id: string;
                            /** @description Page whose list it is, as `devices`. */
                            page: string;
                            /** @description Name for people. */
                            name: string;
                            /** @description What stands behind `?` in the address of the page: filter, columns, order. */
                            search: string;
                            /** @description Everybody of the organization sees it; only its maker changes it. */
                            shared: boolean;
                            /** @description True for those of the caller. */
                            own: boolean;
                            /** @description The page opens with it for the caller. */
                            default: boolean;
                            /** @description Who keeps it. */
                            ownerName: string;
                            /**
                             * Format: date-time
                             * @description When it was changed last.
                             */
                            changedAt: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/views/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a view of one’s own */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description View id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /** Change a view of one’s own, or let a page open with a shared one */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description View id. */
                    id: string;
                };
                cookie?: never;
            };
            /** @description What changes of a view; what is not named stays. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Name for people. */
                        name?: string;
                        /** @description What stands behind `?` in the address of the page: filter, columns, order. */
                        search?: string;
                        /** @description Everybody of the organization sees it; only its maker changes it. */
                        shared?: boolean;
                        /** @description Whether the page opens with it for the caller. */
                        default?: boolean;
                    };
                };
            };
            responses: {
                /** @description A saved view of a list. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description View id. */
                            id: string;
                            /** @description Page whose list it is, as `devices`. */
                            page: string;
                            /** @description Name for people. */
                            name: string;
                            /** @description What stands behind `?` in the address of the page: filter, columns, order. */
                            search: string;
                            /** @description Everybody of the organization sees it; only its maker changes it. */
                            shared: boolean;
                            /** @description True for those of the caller. */
                            own: boolean;
                            /** @description The page opens with it for the caller. */
                            default: boolean;
                            /** @description Who keeps it. */
                            ownerName: string;
                            /**
                             * Format: date-time
                             * @description When it was changed last.
                             */
                            changedAt: string;
                        };
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/enrollment-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List enrollment tokens, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description Rows of the page. */
                    limit?: number;
                    /** @description The `next` of the page before; nothing for the first page. */
                    cursor?: string;
                    /** @description Names of the fields wanted of each item, with commas between; all without it. */
                    fields?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description Token id. */
                                id: string;
                                /** @description Name that its maker gave it. */
                                name: string;
                                /** @description Whether a device can still enroll with it. */
                                state: "valid" | "spent" | "expired" | "revoked";
                                /** @description Devices it was made for. */
                                usesTotal: number;
                                /** @description Devices that may still enroll. */
                                usesLeft: number;
                                /** @description True when devices are active at once, without approval. */
                                autoApprove: boolean;
                                /** @description Labels, key to value. */
                                labels: {
                                    [key: string]: string;
                                };
                                /** @description Who made it. */
                                createdBy: string;
                                /**
                                 * Format: date-time
                                 * @description When it was made.
                                 */
                                createdAt: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends.
                                 */
                                expiresAt: string;
                            }[];
                            /** @description Cursor of the next page; null on the last. */
                            next: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Make an enrollment token */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description A token to be made. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Name for people. */
                        name: string;
                        /**
                         * @description Devices that may enroll with it.
                         * @default 1
                         */
                        uses?: number;
                        /**
                         * @description Life time, ms; one hour unless said otherwise.
                         * @default 3600000
                         */
                        expiresInMs?: number;
                        /**
                         * @description Let devices in without approval.
                         * @default false
                         */
                        autoApprove?: boolean;
                        /** @description Labels, key to value. */
                        labels?: {
                            [key: string]: string;
                        };
                    };
                };
            };
            responses: {
                /** @description A made token with its secret. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description An enrollment token, without its secret. */
                            token: {
                                /** @description Token id. */
                                id: string;
                                /** @description Name that its maker gave it. */
                                name: string;
                                /** @description Whether a device can still enroll with it. */
                                state: "valid" | "spent" | "expired" | "revoked";
                                /** @description Devices it was made for. */
                                usesTotal: number;
                                /** @description Devices that may still enroll. */
                                usesLeft: number;
                                /** @description True when devices are active at once, without approval. */
                                autoApprove: boolean;
                                /** @description Labels, key to value. */
                                labels: {
                                    [key: string]: string;
                                };
                                /** @description Who made it. */
                                createdBy: string;
                                /**
                                 * Format: date-time
                                 * @description When it was made.
                                 */
                                createdAt: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends.
                                 */
                                expiresAt: string;
                            };
                            /** @description The token for muster-agent enroll; shown this once. */
                            text: string;
                            /** @description The command that enrolls a device with it. */
                            command: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enrollment-tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an enrollment token */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Token id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description An enrollment token, without its secret. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Token id. */
                            id: string;
                            /** @description Name that its maker gave it. */
                            name: string;
                            /** @description Whether a device can still enroll with it. */
                            state: "valid" | "spent" | "expired" | "revoked";
                            /** @description Devices it was made for. */
                            usesTotal: number;
                            /** @description Devices that may still enroll. */
                            usesLeft: number;
                            /** @description True when devices are active at once, without approval. */
                            autoApprove: boolean;
                            /** @description Labels, key to value. */
                            labels: {
                                [key: string]: string;
                            };
                            /** @description Who made it. */
                            createdBy: string;
                            /**
                             * Format: date-time
                             * @description When it was made.
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description When it ends.
                             */
                            expiresAt: string;
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what was done and refused, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description Rows of the page. */
                    limit?: number;
                    /** @description The `next` of the page before; nothing for the first page. */
                    cursor?: string;
                    /** @description Only this act. */
                    act?: string;
                    /** @description Only by the person, token or device with this id. */
                    actor?: string;
                    /** @description Only about what has this id. */
                    subject?: string;
                    /** @description Only these. */
                    outcome?: "done" | "refused";
                    /** @description Not before. */
                    from?: string;
                    /** @description Before. */
                    to?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description Place in the chain, from 1; null for about a second, until it is sealed. */
                                seq: number | null;
                                /**
                                 * Format: date-time
                                 * @description When it was written, by the clock of the database.
                                 */
                                at: string;
                                /** @description What was done or refused, as subject.verb. */
                                act: string;
                                /** @description Who did it. */
                                actor: {
                                    /** @description person, token, device, server, host or anonymous. */
                                    kind: string;
                                    /** @description Id of the person, token or device; empty for the others. */
                                    id: string;
                                    /** @description Name at the time; of a person his handle. */
                                    name: string;
                                    /** @description Where the request came from; empty: from inside. */
                                    address: string;
                                    /** @description token or session: what spoke for a person; absent: neither. */
                                    via?: string;
                                    /** @description Id of that token or session. */
                                    viaId?: string;
                                };
                                /** @description done or refused. */
                                outcome: string;
                                /** @description Why it was refused; empty when it was done. */
                                code: string;
                                /** @description What it was done to; null: nothing in particular. */
                                subject: {
                                    /** @description Kind of thing. */
                                    kind: string;
                                    /** @description Its id. */
                                    id: string;
                                    /** @description Its name at the time; may be empty. */
                                    name: string;
                                } | null;
                                /** @description What else is known, by name. */
                                detail: {
                                    [key: string]: unknown;
                                };
                                /** @description Id of the request, as the log knows it; empty: none. */
                                requestId: string;
                                /** @description Hash of the entry; null until it is sealed. */
                                hash: string | null;
                            }[];
                            /** @description Cursor of the next page; null on the last. */
                            next: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/checkpoint": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the newest signed checkpoint */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A signed checkpoint of the audit. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Entries it covers. */
                            size: number;
                            /** @description DSSE envelope. */
                            envelope: {
                                /** @description Signed bytes, base64url. */
                                payload: string;
                                /** @description Kind of document, a media type. */
                                payloadType: string;
                                /** @description Signatures. */
                                signatures: {
                                    /** @description First 16 hex of sha256(SPKI); a hint. */
                                    keyid: string;
                                    /** @description Signature, base64url. */
                                    sig: string;
                                }[];
                            };
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/consistency": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Prove that the audit of one size is the beginning of that of another */
        get: {
            parameters: {
                query: {
                    /** @description Size of the smaller tree. */
                    from: number;
                    /** @description Size of the larger tree. */
                    to: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Shows that one tree is the beginning of the other. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Size of the smaller tree. */
                            from: number;
                            /** @description Size of the larger tree. */
                            to: number;
                            /** @description Proof after RFC 6962, section 2.1.2. */
                            hashes: string[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the audit
         * @description Format json can be verified by muster-verify with the server gone: it carries the bytes of each entry, hashes, signed checkpoints, proofs between them, and the chain of trust documents.
         */
        get: {
            parameters: {
                query?: {
                    /** @description json: lines for muster-verify, with bytes, hashes, checkpoints and proofs; syslog: RFC 5424; ocsf: events of OCSF 1.3. */
                    format?: "json" | "syslog" | "ocsf";
                    /** @description First entry. */
                    from?: number;
                    /** @description Last entry, rounded up to the next checkpoint; absent: the newest, and one is signed over it. */
                    to?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the sections of an inventory and their columns */
        get: {
            parameters: {
                query?: {
                    /** @description Names of the fields wanted of each item, with commas between; all without it. */
                    fields?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description Section name, as in /api/v1/sections. */
                                name: string;
                                /** @description Title for people. */
                                title: string;
                                /** @description What the rows are and where they are read from. */
                                source: string;
                                /** @description slice: stored with its history; live: asked of the device on request. */
                                kind: "slice" | "live";
                                /** @description Columns that tell rows apart over time. */
                                key: string[];
                                columns: {
                                    /** @description Column name, as osquery has it where it has one. */
                                    name: string;
                                    /** @description text, integer, real, boolean or time. */
                                    type: string;
                                    /** @description UCUM unit of a number. */
                                    unit: string | null;
                                    /** @description What the value means. */
                                    description: string;
                                    /** @description Never null. */
                                    required: boolean;
                                }[];
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/inventory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the sections of a device */
        get: {
            parameters: {
                query?: {
                    /** @description As it was at that time; now without it. */
                    at?: string;
                };
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description When the device last reported a change; null before its first report. */
                            storedAt: string | null;
                            /** @description When a heartbeat last confirmed that all of this is current; null when none has since the server started. */
                            confirmedAt: string | null;
                            sections: {
                                /** @description Section name, as in /api/v1/sections. */
                                name: string;
                                /** @description Title for people. */
                                title: string;
                                /** @description Where the rows are read from. */
                                source: string;
                                /** @description no-data: the subject does not exist on this device; error: it should, and could not be read. */
                                outcome: "ok" | "no-data" | "error";
                                /** @description Why there are no rows; empty otherwise. */
                                reason: string;
                                /** @description Rows. */
                                rowCount: number;
                                /**
                                 * Format: date-time
                                 * @description Since when it is so.
                                 */
                                since: string;
                                /** @description Until when it was so; null while it is. */
                                until: string | null;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/inventory/{section}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a section of a device */
        get: {
            parameters: {
                query?: {
                    /** @description As it was at that time; now without it. */
                    at?: string;
                    /** @description Rows of the page. */
                    limit?: number;
                    /** @description The `next` of the page before; nothing for the first page. */
                    cursor?: string;
                    /** @description Names of the fields wanted of each item, with commas between; all without it. */
                    fields?: string;
                };
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                    /** @description Section name, as in /api/v1/sections. */
                    section: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Section name, as in /api/v1/sections. */
                            name: string;
                            /** @description Title for people. */
                            title: string;
                            /** @description Where the rows are read from. */
                            source: string;
                            /** @description no-data: the subject does not exist on this device; error: it should, and could not be read. */
                            outcome: "ok" | "no-data" | "error";
                            /** @description Why there are no rows; empty otherwise. */
                            reason: string;
                            /** @description Rows. */
                            rowCount: number;
                            /**
                             * Format: date-time
                             * @description Since when it is so.
                             */
                            since: string;
                            /** @description Until when it was so; null while it is. */
                            until: string | null;
                            items: {
                                [key: string]: string | number | boolean | null;
                            }[];
                            /** @description Cursor of the next page; null on the last. */
                            next: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/software": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the packages of a device by name */
        get: {
            parameters: {
                query?: {
                    /** @description As it was at that time; now without it. */
                    at?: string;
                    /** @description Beginning of the name, in whatever case. */
                    prefix?: string;
                    /** @description Rows of the page. */
                    limit?: number;
                    /** @description The `next` of the page before; nothing for the first page. */
                    cursor?: string;
                    /** @description Names of the fields wanted of each item, with commas between; all without it. */
                    fields?: string;
                };
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /**
                                 * @description Whose packages: of dpkg, rpm, apk, pip or npm.
                                 * @enum {unknown}
                                 */
                                ecosystem: "deb" | "rpm" | "apk" | "pypi" | "npm";
                                /** @description Package name as its manager writes it. */
                                name: string;
                                /** @description Version in the form of its ecosystem. */
                                version: string;
                                /** @description Architecture; empty where the ecosystem has none. */
                                arch: string;
                                /** @description Source package; null when the same as the name. */
                                source: string | null;
                                /** @description Installed size as the package states it. */
                                sizeBytes: number | null;
                                /** @description installed, held, config-files or half-installed. */
                                status: string;
                            }[];
                            /** @description Cursor of the next page; null on the last. */
                            next: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the changes of a device, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description Not older than this. */
                    from?: string;
                    /** @description Older than this. */
                    to?: string;
                    /** @description Changes of the page. */
                    limit?: number;
                    /** @description The `next` of the page before; nothing for the first page. */
                    cursor?: string;
                    /** @description Names of the fields wanted of each item, with commas between; all without it. */
                    fields?: string;
                };
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /**
                                 * Format: date-time
                                 * @description When it changed, by the clock of the device.
                                 */
                                at: string;
                                /** @description first: seen for the first time; appeared: there again. Rows are listed of changed only. */
                                kind: "first" | "appeared" | "changed" | "vanished";
                                /** @description Section name, as in /api/v1/sections. */
                                section: string;
                                /** @description Title for people. */
                                title: string;
                                /** @description Null: the section was not there. */
                                beforeOutcome: ("ok" | "no-data" | "error") | null;
                                /** @description Null: the section is not there. */
                                afterOutcome: ("ok" | "no-data" | "error") | null;
                                /** @description Rows that appeared. */
                                added: number;
                                /** @description Rows that vanished. */
                                removed: number;
                                /** @description Rows that changed. */
                                changed: number;
                                /** @description The first 100 of them. */
                                rows: {
                                    change: "added" | "removed" | "changed";
                                    /** @description Values by column name. */
                                    row: {
                                        [key: string]: string | number | boolean | null;
                                    };
                                    /** @description What changed in the row; empty for added and removed ones. */
                                    values: {
                                        column: string;
                                        /** @description Value of a column; null is "no data". */
                                        before: string | number | boolean | null;
                                        /** @description Value of a column; null is "no data". */
                                        after: string | number | boolean | null;
                                    }[];
                                }[];
                            }[];
                            /** @description Cursor of the next page; null on the last. */
                            next: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Compare a device at two times, or two devices */
        get: {
            parameters: {
                query?: {
                    /** @description The state before; now without it. */
                    from?: string;
                    /** @description The state after; now without it. */
                    to?: string;
                    /** @description Another device to compare with; the same without it. */
                    with?: string;
                    /** @description Section name, as in /api/v1/sections. */
                    section?: string;
                    /** @description Names of the fields wanted of each item, with commas between; all without it. */
                    fields?: string;
                };
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description Section name, as in /api/v1/sections. */
                                section: string;
                                /** @description Title for people. */
                                title: string;
                                /** @description Null: the section was not there. */
                                beforeOutcome: ("ok" | "no-data" | "error") | null;
                                /** @description Null: the section is not there. */
                                afterOutcome: ("ok" | "no-data" | "error") | null;
                                /** @description Rows that appeared. */
                                added: number;
                                /** @description Rows that vanished. */
                                removed: number;
                                /** @description Rows that changed. */
                                changed: number;
                                /** @description The first 100 of them. */
                                rows: {
                                    change: "added" | "removed" | "changed";
                                    /** @description Values by column name. */
                                    row: {
                                        [key: string]: string | number | boolean | null;
                                    };
                                    /** @description What changed in the row; empty for added and removed ones. */
                                    values: {
                                        column: string;
                                        /** @description Value of a column; null is "no data". */
                                        before: string | number | boolean | null;
                                        /** @description Value of a column; null is "no data". */
                                        after: string | number | boolean | null;
                                    }[];
                                }[];
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/live/{section}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Ask a connected device for a live section */
        get: {
            parameters: {
                query?: {
                    /** @description Names of the fields wanted of each item, with commas between; all without it. */
                    fields?: string;
                };
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                    /** @description Section name, as in /api/v1/sections. */
                    section: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Section name, as in /api/v1/sections. */
                            name: string;
                            /**
                             * Format: date-time
                             * @description When the device answered.
                             */
                            at: string;
                            /** @description no-data: the subject does not exist on this device; error: it should, and could not be read. */
                            outcome: "ok" | "no-data" | "error";
                            reason: string;
                            items: {
                                [key: string]: string | number | boolean | null;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/software": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Find the devices that have a package */
        get: {
            parameters: {
                query: {
                    /** @description Exact package name. */
                    name: string;
                    /** @description Whose packages: of dpkg, rpm, apk, pip or npm. */
                    ecosystem?: "deb" | "rpm" | "apk" | "pypi" | "npm";
                    /** @description How installed versions compare with `version`: lt, le, eq, ge or gt, as the ecosystem orders them. */
                    op?: "lt" | "le" | "eq" | "ge" | "gt";
                    /** @description Version to compare with; any without it. */
                    version?: string;
                    /** @description Rows of the page. */
                    limit?: number;
                    /** @description The `next` of the page before; nothing for the first page. */
                    cursor?: string;
                    /** @description Names of the fields wanted of each item, with commas between; all without it. */
                    fields?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Devices that have it now, exactly. */
                            devices: number;
                            /** @description Newest first in each ecosystem. A device with two of them counts in both. */
                            versions: {
                                /**
                                 * @description Whose packages: of dpkg, rpm, apk, pip or npm.
                                 * @enum {unknown}
                                 */
                                ecosystem: "deb" | "rpm" | "apk" | "pypi" | "npm";
                                version: string;
                                arch: string;
                                /** @description Devices with this one. */
                                devices: number;
                            }[];
                            items: {
                                /** @description Device id. */
                                id: string;
                                /** @description Host name as the device reports it. */
                                hostname: string;
                                /** @description The installed packages that fit. */
                                packages: {
                                    /**
                                     * @description Whose packages: of dpkg, rpm, apk, pip or npm.
                                     * @enum {unknown}
                                     */
                                    ecosystem: "deb" | "rpm" | "apk" | "pypi" | "npm";
                                    version: string;
                                    arch: string;
                                }[];
                            }[];
                            /** @description Cursor of the next page; null on the last. */
                            next: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/software/names": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List package names that begin so */
        get: {
            parameters: {
                query?: {
                    /** @description Beginning of the name, in whatever case. */
                    prefix?: string;
                    /** @description Rows of the page. */
                    limit?: number;
                    /** @description The `next` of the page before; nothing for the first page. */
                    cursor?: string;
                    /** @description Names of the fields wanted of each item, with commas between; all without it. */
                    fields?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                name: string;
                                /**
                                 * @description Whose packages: of dpkg, rpm, apk, pip or npm.
                                 * @enum {unknown}
                                 */
                                ecosystem: "deb" | "rpm" | "apk" | "pypi" | "npm";
                                /** @description Versions ever seen. */
                                versions: number;
                                /** @description Devices that have it now. */
                                devices: number;
                            }[];
                            /** @description Cursor of the next page; null on the last. */
                            next: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List alerts, open ones first */
        get: {
            parameters: {
                query?: {
                    /** @description Rows of the page. */
                    limit?: number;
                    /** @description The `next` of the page before; nothing for the first page. */
                    cursor?: string;
                    /** @description Names of the fields wanted of each item, with commas between; all without it. */
                    fields?: string;
                    /** @description Only these. */
                    state?: "open" | "cleared";
                    /** @description True: only those that somebody has; false: only those that nobody has. */
                    acknowledged?: boolean;
                    /** @description Only of this device. */
                    device?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description Number of the alert in the organization. */
                                id: number;
                                /** @description Device that decided it. */
                                deviceId: string;
                                /** @description Its host name. */
                                hostname: string;
                                /** @description Threshold rule. */
                                rule: string;
                                /** @description Metric and instance that crossed it. */
                                series: string;
                                /** @description How bad. */
                                severity: "warning" | "critical";
                                /** @description Whether it still holds. */
                                state: "open" | "cleared";
                                /** @description Value when it fired, in the unit of the metric. */
                                value: number;
                                /** @description Limit that was crossed. */
                                threshold: number;
                                /**
                                 * Format: date-time
                                 * @description When the condition began to hold.
                                 */
                                since: string;
                                /**
                                 * Format: date-time
                                 * @description When the rule decided.
                                 */
                                firedAt: string;
                                /** @description When it was well again; null while open. */
                                clearedAt: string | null;
                                /** @description Who has it, or had it when it ended; null: nobody. */
                                acknowledged: {
                                    /** @description His name. */
                                    by: string;
                                    /**
                                     * Format: date-time
                                     * @description Since when.
                                     */
                                    at: string;
                                    /** @description What he says to it; may be empty. */
                                    comment: string;
                                    /** @description Whether it is who asks. */
                                    isYours: boolean;
                                } | null;
                            }[];
                            /** @description Cursor of the next page; null on the last. */
                            next: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an alert */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Number of the alert. */
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A threshold that a device crossed. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Number of the alert in the organization. */
                            id: number;
                            /** @description Device that decided it. */
                            deviceId: string;
                            /** @description Its host name. */
                            hostname: string;
                            /** @description Threshold rule. */
                            rule: string;
                            /** @description Metric and instance that crossed it. */
                            series: string;
                            /** @description How bad. */
                            severity: "warning" | "critical";
                            /** @description Whether it still holds. */
                            state: "open" | "cleared";
                            /** @description Value when it fired, in the unit of the metric. */
                            value: number;
                            /** @description Limit that was crossed. */
                            threshold: number;
                            /**
                             * Format: date-time
                             * @description When the condition began to hold.
                             */
                            since: string;
                            /**
                             * Format: date-time
                             * @description When the rule decided.
                             */
                            firedAt: string;
                            /** @description When it was well again; null while open. */
                            clearedAt: string | null;
                            /** @description Who has it, or had it when it ended; null: nobody. */
                            acknowledged: {
                                /** @description His name. */
                                by: string;
                                /**
                                 * Format: date-time
                                 * @description Since when.
                                 */
                                at: string;
                                /** @description What he says to it; may be empty. */
                                comment: string;
                                /** @description Whether it is who asks. */
                                isYours: boolean;
                            } | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Acknowledge open alerts: the caller has them, until they are over or given back */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description Alerts that the caller looks after from here on. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Which alerts. */
                        alerts: number[];
                        /**
                         * @description A word to it, which all see who see the alert; no place for secrets.
                         * @default
                         */
                        comment?: string;
                    };
                };
            };
            responses: {
                /** @description What became of some alerts. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Those with which it was done, as they are now. */
                            items: {
                                /** @description Number of the alert in the organization. */
                                id: number;
                                /** @description Device that decided it. */
                                deviceId: string;
                                /** @description Its host name. */
                                hostname: string;
                                /** @description Threshold rule. */
                                rule: string;
                                /** @description Metric and instance that crossed it. */
                                series: string;
                                /** @description How bad. */
                                severity: "warning" | "critical";
                                /** @description Whether it still holds. */
                                state: "open" | "cleared";
                                /** @description Value when it fired, in the unit of the metric. */
                                value: number;
                                /** @description Limit that was crossed. */
                                threshold: number;
                                /**
                                 * Format: date-time
                                 * @description When the condition began to hold.
                                 */
                                since: string;
                                /**
                                 * Format: date-time
                                 * @description When the rule decided.
                                 */
                                firedAt: string;
                                /** @description When it was well again; null while open. */
                                clearedAt: string | null;
                                /** @description Who has it, or had it when it ended; null: nobody. */
                                acknowledged: {
                                    /** @description His name. */
                                    by: string;
                                    /**
                                     * Format: date-time
                                     * @description Since when.
                                     */
                                    at: string;
                                    /** @description What he says to it; may be empty. */
                                    comment: string;
                                    /** @description Whether it is who asks. */
                                    isYours: boolean;
                                } | null;
                            }[];
                            /** @description The others. When there are no other ones than these the request as a whole is refused. */
                            refused: {
                                /** @description Number of the alert. */
                                id: number;
                                /** @description Code of the refusal: E_ALERT_TAKEN, E_ALERT_OVER, E_NOT_FOUND. */
                                code: string;
                                /** @description Why, with the name of whoever has it. */
                                detail: string;
                            }[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/give-back": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give acknowledged alerts back, one’s own or those of others: nobody has them */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description Alerts that nobody has from here on. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Which alerts. */
                        alerts: {
                            /** @description Number of the alert. */
                            id: number;
                            /**
                             * Format: date-time
                             * @description Since when somebody has it, as it was shown; one that is somebody else’s by now stays his. Absent: whoever has it.
                             */
                            at?: string;
                        }[];
                    };
                };
            };
            responses: {
                /** @description What became of some alerts. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Those with which it was done, as they are now. */
                            items: {
                                /** @description Number of the alert in the organization. */
                                id: number;
                                /** @description Device that decided it. */
                                deviceId: string;
                                /** @description Its host name. */
                                hostname: string;
                                /** @description Threshold rule. */
                                rule: string;
                                /** @description Metric and instance that crossed it. */
                                series: string;
                                /** @description How bad. */
                                severity: "warning" | "critical";
                                /** @description Whether it still holds. */
                                state: "open" | "cleared";
                                /** @description Value when it fired, in the unit of the metric. */
                                value: number;
                                /** @description Limit that was crossed. */
                                threshold: number;
                                /**
                                 * Format: date-time
                                 * @description When the condition began to hold.
                                 */
                                since: string;
                                /**
                                 * Format: date-time
                                 * @description When the rule decided.
                                 */
                                firedAt: string;
                                /** @description When it was well again; null while open. */
                                clearedAt: string | null;
                                /** @description Who has it, or had it when it ended; null: nobody. */
                                acknowledged: {
                                    /** @description His name. */
                                    by: string;
                                    /**
                                     * Format: date-time
                                     * @description Since when.
                                     */
                                    at: string;
                                    /** @description What he says to it; may be empty. */
                                    comment: string;
                                    /** @description Whether it is who asks. */
                                    isYours: boolean;
                                } | null;
                            }[];
                            /** @description The others. When there are no other ones than these the request as a whole is refused. */
                            refused: {
                                /** @description Number of the alert. */
                                id: number;
                                /** @description Code of the refusal: E_ALERT_TAKEN, E_ALERT_OVER, E_NOT_FOUND. */
                                code: string;
                                /** @description Why, with the name of whoever has it. */
                                detail: string;
                            }[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read measurements of a device */
        get: {
            parameters: {
                query?: {
                    /** @description Series, or metric names for all their instances; repeat it for several. Everything without it. */
                    series?: string[];
                    /** @description First moment; an hour before `to` without it. */
                    from?: string;
                    /** @description End; now without it. */
                    to?: string;
                    /** @description Time between points, ms: whole minutes, from one hour on whole hours. Chosen by the server without it. */
                    stepMs?: number;
                    /** @description Wait up to 3 s for what a connected device has measured since it last sent; without it that comes with the next look. */
                    fresh?: boolean;
                    /** @description csv: one line a point, mean and maximum of each series. */
                    format?: "json" | "csv";
                };
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * Format: date-time
                             * @description Time of the first point; the others follow by the step.
                             */
                            from: string;
                            /** @description Time between points, ms. */
                            stepMs: number;
                            /** @description Points of each series. */
                            count: number;
                            series: {
                                /** @description Name of the series, as system.disk.io.read{device=sda}. */
                                series: string;
                                /** @description Name of the metric. */
                                metric: string;
                                /** @description Device, mountpoint, interface …; empty for the device as a whole. */
                                instance: string;
                                /** @description UCUM unit; 1 is a ratio. */
                                unit: string;
                                /** @description Mean of each step; null is a gap. */
                                mean: (number | null)[];
                                /** @description Largest value of each step; null is a gap. */
                                max: (number | null)[];
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/metrics/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the series a device has */
        get: {
            parameters: {
                query?: {
                    /** @description First moment; a day before `to` without it. */
                    from?: string;
                    /** @description End; now without it. With neither, the newest two hours that were sent. */
                    to?: string;
                    /** @description Names of the fields wanted of each item, with commas between; all without it. */
                    fields?: string;
                };
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description Name of the series, as system.disk.io.read{device=sda}. */
                                series: string;
                                /** @description Name of the metric. */
                                metric: string;
                                /** @description Device, mountpoint, interface …; empty for the device as a whole. */
                                instance: string;
                                /** @description UCUM unit; 1 is a ratio. */
                                unit: string;
                                /** @description What is measured. */
                                description: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/metrics/latest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the latest heartbeat of a device */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The latest heartbeat of a device. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * Format: date-time
                             * @description When the heartbeat arrived.
                             */
                            at: string;
                            /** @description Time since the operating system started, s. */
                            uptimeS: number;
                            /** @description Share of processor time spent working, 0 to 1; null is "no data". */
                            cpuUsedRatio: number | null;
                            /** @description Share of memory in use, 0 to 1; null is "no data". */
                            memoryUsedRatio: number | null;
                            /** @description Share of swap space in use, 0 to 1; null is "no data". */
                            swapUsedRatio: number | null;
                            /** @description Share of the fullest filesystem in use, 0 to 1; null is "no data". */
                            diskUsedRatio: number | null;
                            /** @description Load average of a minute divided by the number of processors; null is "no data". */
                            loadPerCpu: number | null;
                            /** @description Messages that wait on the device; 65535 is that or more. */
                            outboxDepth: number;
                            /** @description Measurements the device dropped since its agent started. */
                            dropped: number;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/top": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Rank the connected devices by their latest heartbeats */
        get: {
            parameters: {
                query?: {
                    /** @description What the ranking goes by: highest first, names from A. */
                    sort?: "cpu" | "memory" | "disk" | "load" | "name";
                    /** @description Devices shown. */
                    limit?: number;
                    /** @description Names of the fields wanted of each item, with commas between; all without it. */
                    fields?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * Format: date-time
                             * @description When the ranking was made.
                             */
                            at: string;
                            /** @description Connected devices that have sent a heartbeat. */
                            online: number;
                            /** @description The first devices of the ranking. */
                            items: {
                                /** @description Device id. */
                                id: string;
                                /** @description Host name as the device reports it. */
                                hostname: string;
                                /**
                                 * Format: date-time
                                 * @description When the heartbeat arrived.
                                 */
                                at: string;
                                /** @description Time since the operating system started, s. */
                                uptimeS: number;
                                /** @description Share of processor time spent working, 0 to 1; null is "no data". */
                                cpuUsedRatio: number | null;
                                /** @description Share of memory in use, 0 to 1; null is "no data". */
                                memoryUsedRatio: number | null;
                                /** @description Share of swap space in use, 0 to 1; null is "no data". */
                                swapUsedRatio: number | null;
                                /** @description Share of the fullest filesystem in use, 0 to 1; null is "no data". */
                                diskUsedRatio: number | null;
                                /** @description Load average of a minute divided by the number of processors; null is "no data". */
                                loadPerCpu: number | null;
                                /** @description Messages that wait on the device; 65535 is that or more. */
                                outboxDepth: number;
                                /** @description Measurements the device dropped since its agent started. */
                                dropped: number;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/metrics/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Watch measurements of a device as they are made (server-sent events: state, sample) */
        get: {
            parameters: {
                query?: {
                    /** @description Time between samples, ms. */
                    everyMs?: number;
                };
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watch devices change (server-sent events: device, inventory, alerts)
         * @description Each event names the devices that changed, or says how many when there are more than 200.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List groups by name, with the number of their members */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            groups: {
                                /** @description Group id. */
                                id: string;
                                /** @description Name of the group; no two have the same. */
                                name: string;
                                /** @description What it is for. */
                                description: string;
                                /** @description Null: only picked devices. */
                                expression: string | null;
                                /** @description Devices that somebody picked, whether or not the expression holds, of those that the caller may see. */
                                picked: number;
                                /** @description Members now, of those that the caller may see; exact. */
                                count: number;
                                /** @description Who made it. */
                                createdBy: string;
                                /**
                                 * Format: date-time
                                 * @description When it was made.
                                 */
                                createdAt: string;
                                /**
                                 * Format: date-time
                                 * @description When its definition was changed last.
                                 */
                                changedAt: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        /** Make a group */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description A group to be made. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Name of the group; no two have the same. */
                        name: string;
                        /** @description What it is for. */
                        description?: string;
                        /** @description Expression that holds for its members, as `os.family == "debian"`. */
                        expression?: string;
                        /** @description Device ids. */
                        devices?: string[];
                    };
                };
            };
            responses: {
                /** @description Devices that are together by an expression, or because somebody picked them. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Group id. */
                            id: string;
                            /** @description Name of the group; no two have the same. */
                            name: string;
                            /** @description What it is for. */
                            description: string;
                            /** @description Null: only picked devices. */
                            expression: string | null;
                            /** @description Devices that somebody picked, whether or not the expression holds, of those that the caller may see. */
                            picked: number;
                            /** @description Members now, of those that the caller may see; exact. */
                            count: number;
                            /** @description Who made it. */
                            createdBy: string;
                            /**
                             * Format: date-time
                             * @description When it was made.
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description When its definition was changed last.
                             */
                            changedAt: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/groups/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Watch groups (server-sent events: group with id and count, removed with the id) */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/groups/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a group */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Group id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Devices that are together by an expression, or because somebody picked them. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Group id. */
                            id: string;
                            /** @description Name of the group; no two have the same. */
                            name: string;
                            /** @description What it is for. */
                            description: string;
                            /** @description Null: only picked devices. */
                            expression: string | null;
                            /** @description Devices that somebody picked, whether or not the expression holds, of those that the caller may see. */
                            picked: number;
                            /** @description Members now, of those that the caller may see; exact. */
                            count: number;
                            /** @description Who made it. */
                            createdBy: string;
                            /**
                             * Format: date-time
                             * @description When it was made.
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description When its definition was changed last.
                             */
                            changedAt: string;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Remove a group */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Group id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /** Change a group, pick devices for it or leave them out */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Group id. */
                    id: string;
                };
                cookie?: never;
            };
            /** @description What changes; what is not named stays. Devices are picked and left out by `add` and `remove`. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Name of the group; no two have the same. */
                        name?: string;
                        /** @description What it is for. */
                        description?: string;
                        expression?: string | null;
                        /** @description Device ids. */
                        add?: string[];
                        /** @description Device ids. */
                        remove?: string[];
                    };
                };
            };
            responses: {
                /** @description Devices that are together by an expression, or because somebody picked them. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Group id. */
                            id: string;
                            /** @description Name of the group; no two have the same. */
                            name: string;
                            /** @description What it is for. */
                            description: string;
                            /** @description Null: only picked devices. */
                            expression: string | null;
                            /** @description Devices that somebody picked, whether or not the expression holds, of those that the caller may see. */
                            picked: number;
                            /** @description Members now, of those that the caller may see; exact. */
                            count: number;
                            /** @description Who made it. */
                            createdBy: string;
                            /**
                             * Format: date-time
                             * @description When it was made.
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description When its definition was changed last.
                             */
                            changedAt: string;
                        };
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/groups/{id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List members of a group by host name */
        get: {
            parameters: {
                query?: {
                    /** @description Rows of the page. */
                    limit?: number;
                    /** @description The `next` of the page before; nothing for the first page. */
                    cursor?: string;
                };
                header?: never;
                path: {
                    /** @description Group id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description Device id. */
                                id: string;
                                /** @description Host name. */
                                hostname: string;
                                /** @description online, offline, missing or never. */
                                presence: string;
                                /** @description State of the device. */
                                state: string;
                                /** @description True when somebody picked it. */
                                picked: boolean;
                            }[];
                            /** @description Cursor of the next page; null on the last. */
                            next: string | null;
                            /** @description Members in all. */
                            count: number;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the groups of a device */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Groups that a device is a member of. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            groups: {
                                id: string;
                                name: string;
                                picked: boolean;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/groups/{group}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show whether a device is a member of a group, and why */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                    /** @description Group id. */
                    group: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Whether a device is a member of a group, and why. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description The group. */
                            group: {
                                id: string;
                                name: string;
                            };
                            /** @description Whether the device is a member. */
                            member: boolean;
                            /** @description Somebody picked it. */
                            picked: boolean;
                            /** @description Null: the group has no expression. */
                            expression: {
                                /** @description Whether the expression holds for the device. */
                                holds: boolean;
                                /** @description Each part with its answer. */
                                parts: {
                                    /** @description How deep it stands; the parts of a join follow it, one deeper. */
                                    depth: number;
                                    /** @description How its parts are joined; a leaf has none. */
                                    kind: "all" | "any" | "not" | "leaf";
                                    /** @description The part, as an expression. */
                                    text: string;
                                    /** @description Its answer for the device. */
                                    holds: boolean;
                                    /** @description What a leaf reads. */
                                    reads: {
                                        /** @description Fact or label. */
                                        name: string;
                                        /** @description What the device has; null: it has said nothing of the kind. */
                                        value: string | number | boolean | null;
                                    }[];
                                }[];
                            } | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Try an expression on a device, with the values it reads */
        get: {
            parameters: {
                query: {
                    /** @description Expression that holds for its members, as `os.family == "debian"`. */
                    on: string;
                };
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Why an expression holds for a device, or does not. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Whether the expression holds for the device. */
                            holds: boolean;
                            /** @description Each part with its answer. */
                            parts: {
                                /** @description How deep it stands; the parts of a join follow it, one deeper. */
                                depth: number;
                                /** @description How its parts are joined; a leaf has none. */
                                kind: "all" | "any" | "not" | "leaf";
                                /** @description The part, as an expression. */
                                text: string;
                                /** @description Its answer for the device. */
                                holds: boolean;
                                /** @description What a leaf reads. */
                                reads: {
                                    /** @description Fact or label. */
                                    name: string;
                                    /** @description What the device has; null: it has said nothing of the kind. */
                                    value: string | number | boolean | null;
                                }[];
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List policies in force by name */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Policy epoch of the trust document. */
                            epoch: number;
                            /** @description The set in force; null: none was signed in this epoch. */
                            set: {
                                /** @description Digest of the signed set, base64url. */
                                digest: string;
                                /** @description Policy epoch of the trust document. */
                                epoch: number;
                                /** @description Version within the epoch. */
                                version: number;
                                /** @description Signer who asked, as the document says. */
                                requester: string;
                                /** @description Why. */
                                reason: string;
                                /**
                                 * Format: date-time
                                 * @description When it was signed, as the document says.
                                 */
                                at: string;
                                /** @description Digest of the plan that was approved. */
                                plan: string;
                                /** @description Policies that it names. */
                                policies: number;
                                /** @description True: nobody who may sign now has signed it. */
                                isVoid: boolean;
                                /** @description False: another one came after it. */
                                isInForce: boolean;
                                /**
                                 * Format: date-time
                                 * @description When it came into force.
                                 */
                                storedAt: string;
                                /** @description DSSE envelope. */
                                envelope: {
                                    /** @description Signed bytes, base64url. */
                                    payload: string;
                                    /** @description Kind of document, a media type. */
                                    payloadType: string;
                                    /** @description Signatures. */
                                    signatures: {
                                        /** @description First 16 hex of sha256(SPKI); a hint. */
                                        keyid: string;
                                        /** @description Signature, base64url. */
                                        sig: string;
                                    }[];
                                };
                            } | null;
                            policies: {
                                /** @description Name of the policy. */
                                name: string;
                                /** @description Digest of the signed revision, base64url. */
                                digest: string;
                                /** @description Version within the epoch. */
                                version: number;
                                /** @description Signer who asked, as the document says. */
                                requester: string;
                                /** @description Why. */
                                reason: string;
                                /**
                                 * Format: date-time
                                 * @description When it was signed, as the document says.
                                 */
                                at: string;
                                /** @description True: nobody who may sign now has signed it. */
                                isVoid: boolean;
                                /** @description What it is about. */
                                title: string;
                                /** @description Who answers for it. */
                                owner: string;
                                /** @description audit or enforce. */
                                mode: string;
                                /** @description The higher number wins. */
                                priority: number;
                                /** @description Rules in it. */
                                rules: number;
                                /** @description For which devices, as an expression. */
                                on: string;
                                /** @description And for which not. */
                                except: string;
                            }[];
                            /** @description Active devices that the caller may see, by how they stand to the set in force, as they said last; null: they cannot be counted just now. */
                            devices: {
                                /** @description They hold exactly the set in force. */
                                current: number;
                                /** @description They hold an older set, and have not said why. */
                                behind: number;
                                /** @description They hold none, or never said. */
                                none: number;
                                /** @description They say why they do not hold the set that they were shown last. */
                                refused: number;
                            } | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policies/set": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the set in force with its revisions, as they were signed */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Policy epoch of the trust document. */
                            epoch: number;
                            /** @description The set in force; null: none was signed in this epoch. */
                            set: {
                                /** @description Digest of the signed set, base64url. */
                                digest: string;
                                /** @description Policy epoch of the trust document. */
                                epoch: number;
                                /** @description Version within the epoch. */
                                version: number;
                                /** @description Signer who asked, as the document says. */
                                requester: string;
                                /** @description Why. */
                                reason: string;
                                /**
                                 * Format: date-time
                                 * @description When it was signed, as the document says.
                                 */
                                at: string;
                                /** @description Digest of the plan that was approved. */
                                plan: string;
                                /** @description Policies that it names. */
                                policies: number;
                                /** @description True: nobody who may sign now has signed it. */
                                isVoid: boolean;
                                /** @description False: another one came after it. */
                                isInForce: boolean;
                                /**
                                 * Format: date-time
                                 * @description When it came into force.
                                 */
                                storedAt: string;
                                /** @description DSSE envelope. */
                                envelope: {
                                    /** @description Signed bytes, base64url. */
                                    payload: string;
                                    /** @description Kind of document, a media type. */
                                    payloadType: string;
                                    /** @description Signatures. */
                                    signatures: {
                                        /** @description First 16 hex of sha256(SPKI); a hint. */
                                        keyid: string;
                                        /** @description Signature, base64url. */
                                        sig: string;
                                    }[];
                                };
                            } | null;
                            /** @description The revisions that the set names, by name of the policy. */
                            revisions: {
                                /** @description Name of the policy. */
                                name: string;
                                /** @description Digest of the signed revision, base64url. */
                                digest: string;
                                /** @description Version within the epoch. */
                                version: number;
                                /** @description DSSE envelope. */
                                envelope: {
                                    /** @description Signed bytes, base64url. */
                                    payload: string;
                                    /** @description Kind of document, a media type. */
                                    payloadType: string;
                                    /** @description Signatures. */
                                    signatures: {
                                        /** @description First 16 hex of sha256(SPKI); a hint. */
                                        keyid: string;
                                        /** @description Signature, base64url. */
                                        sig: string;
                                    }[];
                                };
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/policies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show what a device holds of the policies in force */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What a device holds of the policies in force, as it said last. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description The set that the device holds whole, verified by itself; null: none, or it never said. */
                            held: {
                                /** @description Policy epoch of the trust document. */
                                epoch: number;
                                /** @description Version within the epoch. */
                                version: number;
                                /** @description Digest of the signed set, base64url. */
                                digest: string;
                                /** @description Revisions in it. */
                                policies: number;
                                /** @description Those of them that nobody has signed who may sign now; they say nothing there. */
                                unsigned: number;
                            } | null;
                            /** @description True: it is the set in force. */
                            isCurrent: boolean;
                            /** @description Why the device does not hold the set that it was shown last; null: it does, or it never said. */
                            code: string | null;
                            /** @description When the device said so, by the clock of the server; null: it never did. */
                            at: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policies/{name}/revisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the newest revisions of a policy, also of one that is in force no more */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Name of the policy. */
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Revisions, the newest first. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Name of the policy. */
                            name: string;
                            revisions: {
                                /** @description Name of the policy. */
                                name: string;
                                /** @description Policy epoch of the trust document. */
                                epoch: number;
                                /** @description Version within the epoch. */
                                version: number;
                                /** @description Digest of the signed revision, base64url. */
                                digest: string;
                                /** @description Signer who asked, as the document says. */
                                requester: string;
                                /** @description Why. */
                                reason: string;
                                /**
                                 * Format: date-time
                                 * @description When it was signed, as the document says.
                                 */
                                at: string;
                                /** @description The set in force names it. */
                                isInForce: boolean;
                                /**
                                 * Format: date-time
                                 * @description When it came into force.
                                 */
                                storedAt: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policies/{name}/revisions/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a revision of a policy */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Name of the policy. */
                    name: string;
                    /** @description Digest of the signed revision, base64url. */
                    digest: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Name of the policy. */
                            name: string;
                            /** @description Policy epoch of the trust document. */
                            epoch: number;
                            /** @description Version within the epoch. */
                            version: number;
                            /** @description Digest of the signed revision, base64url. */
                            digest: string;
                            /** @description Signer who asked, as the document says. */
                            requester: string;
                            /** @description Why. */
                            reason: string;
                            /**
                             * Format: date-time
                             * @description When it was signed, as the document says.
                             */
                            at: string;
                            /** @description The set in force names it. */
                            isInForce: boolean;
                            /**
                             * Format: date-time
                             * @description When it came into force.
                             */
                            storedAt: string;
                            /** @description What a device can judge of whom it is for; empty: nothing. */
                            bound: string;
                            /** @description sha256 of the file it was read from, base64url. */
                            source: string;
                            /** @description The policy as a file. */
                            yaml: string;
                            /** @description DSSE envelope. */
                            envelope: {
                                /** @description Signed bytes, base64url. */
                                payload: string;
                                /** @description Kind of document, a media type. */
                                payloadType: string;
                                /** @description Signatures. */
                                signatures: {
                                    /** @description First 16 hex of sha256(SPKI); a hint. */
                                    keyid: string;
                                    /** @description Signature, base64url. */
                                    sig: string;
                                }[];
                            };
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policies/{name}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Compare two revisions of a policy, as files */
        get: {
            parameters: {
                query: {
                    /** @description Digest of the signed revision, base64url. */
                    from: string;
                    /** @description Digest of the signed revision, base64url. */
                    to: string;
                };
                header?: never;
                path: {
                    /** @description Name of the policy. */
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Lines with -, + or a blank before each; empty: they say the same. */
                            text: string;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policies/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say what would change if these were the policies in force; changes nothing */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description All policies that are to be in force, each in the form of a file. */
                        policies: unknown[];
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Digest of the plan; a set that applies it names it. */
                            digest: string;
                            /** @description Digest of the set it starts from; empty: none. */
                            base: string;
                            /** @description True: there is nothing to sign. */
                            isEmpty: boolean;
                            changes: {
                                /** @description Name of the policy. */
                                name: string;
                                /** @description added, changed or deleted. */
                                change: string;
                                /** @description Digest of the revision in force; empty: none. */
                                from: string;
                                /** @description Hash of what is wanted; empty: nothing. */
                                to: string;
                            }[];
                            unchanged: string[];
                            /** @description The version that the next revision of each added or changed policy has. */
                            versions: {
                                /** @description Name of the policy. */
                                name: string;
                                /** @description Version within the epoch. */
                                version: number;
                            }[];
                            /**
                             * Format: date-time
                             * @description Facts of devices are as of then.
                             */
                            at: string;
                            /** @description Active devices that were looked at. */
                            devices: number;
                            /** @description Devices for which something changes. */
                            touched: number;
                            /** @description Distinct cases that were resolved. */
                            cases: number;
                            /** @description Different effects; the greatest are listed. */
                            effectCount: number;
                            effects: {
                                /** @description Devices for which exactly this changes. */
                                devices: number;
                                /** @description A few of them. */
                                examples: {
                                    /** @description Device id. */
                                    id: string;
                                    /** @description Host name. */
                                    hostname: string;
                                }[];
                                /** @description Items that change; the first are listed. */
                                itemCount: number;
                                items: {
                                    /** @description What it is about. */
                                    item: string;
                                    /** @description Null: nothing is wanted of it. */
                                    before: {
                                        /** @description What is wanted, as a clause. */
                                        says: string;
                                        /** @description audit or enforce. */
                                        mode: string;
                                        /** @description False: rules disagree, and nothing is enforced. */
                                        isDecided: boolean;
                                        /** @description Until when an exception leaves it alone, RFC 3339; null: none does. */
                                        exemptUntil: string | null;
                                        /** @description policy/rule that decides. */
                                        rule: string;
                                    } | null;
                                    /** @description Null: nothing is wanted of it. */
                                    after: {
                                        /** @description What is wanted, as a clause. */
                                        says: string;
                                        /** @description audit or enforce. */
                                        mode: string;
                                        /** @description False: rules disagree, and nothing is enforced. */
                                        isDecided: boolean;
                                        /** @description Until when an exception leaves it alone, RFC 3339; null: none does. */
                                        exemptUntil: string | null;
                                        /** @description policy/rule that decides. */
                                        rule: string;
                                    } | null;
                                }[];
                            }[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policies/sets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put a signed set of policies in force, exactly as its plan said; the same again changes nothing */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description DSSE envelope. */
                        set: {
                            /** @description Signed bytes, base64url. */
                            payload: string;
                            /** @description Kind of document, a media type. */
                            payloadType: string;
                            /** @description Signatures. */
                            signatures: {
                                /** @description First 16 hex of sha256(SPKI); a hint. */
                                keyid: string;
                                /** @description Signature, base64url. */
                                sig: string;
                            }[];
                        };
                        /** @description Revisions that are added or changed. */
                        policies: {
                            /** @description Signed bytes, base64url. */
                            payload: string;
                            /** @description Kind of document, a media type. */
                            payloadType: string;
                            /** @description Signatures. */
                            signatures: {
                                /** @description First 16 hex of sha256(SPKI); a hint. */
                                keyid: string;
                                /** @description Signature, base64url. */
                                sig: string;
                            }[];
                        }[];
                        /** @description The set goes out to a few devices first. Without it: to all at once, or as the unfinished one before it. */
                        waves?: {
                            /** @description Going up; the last one is 100. */
                            shares: number[];
                            /**
                             * @description How long each wave is watched.
                             * @default 900
                             */
                            soakSeconds: number;
                            /**
                             * @description By so many percent more of the devices told may be in trouble than of the others.
                             * @default 5
                             */
                            tolerance: number;
                            /** @description Who goes first, an expression; asked once, at the start. */
                            first?: string;
                        };
                    };
                };
            };
            responses: {
                /** @description A signed set of policies. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Digest of the signed set, base64url. */
                            digest: string;
                            /** @description Policy epoch of the trust document. */
                            epoch: number;
                            /** @description Version within the epoch. */
                            version: number;
                            /** @description Signer who asked, as the document says. */
                            requester: string;
                            /** @description Why. */
                            reason: string;
                            /**
                             * Format: date-time
                             * @description When it was signed, as the document says.
                             */
                            at: string;
                            /** @description Digest of the plan that was approved. */
                            plan: string;
                            /** @description Policies that it names. */
                            policies: number;
                            /** @description True: nobody who may sign now has signed it. */
                            isVoid: boolean;
                            /** @description False: another one came after it. */
                            isInForce: boolean;
                            /**
                             * Format: date-time
                             * @description When it came into force.
                             */
                            storedAt: string;
                            /** @description DSSE envelope. */
                            envelope: {
                                /** @description Signed bytes, base64url. */
                                payload: string;
                                /** @description Kind of document, a media type. */
                                payloadType: string;
                                /** @description Signatures. */
                                signatures: {
                                    /** @description First 16 hex of sha256(SPKI); a hint. */
                                    keyid: string;
                                    /** @description Signature, base64url. */
                                    sig: string;
                                }[];
                            };
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policies/rollout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show how the set in force goes out in waves */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Null: the set in force went to everybody at once. */
                            rollout: {
                                /** @description Digest of the set that goes out. */
                                digest: string;
                                /** @description Its version. */
                                version: number;
                                /** @description held: it does not go on by itself; done: all devices are told. */
                                state: "running" | "held" | "done";
                                /** @description Percent of the fleet. */
                                shares: number[];
                                /** @description Which of the shares is told, from 1. */
                                wave: number;
                                /** @description That share, percent. */
                                share: number;
                                /** @description Who went first, an expression; empty: nobody in particular. */
                                first: string;
                                /** @description How long each wave is watched. */
                                soakSeconds: number;
                                /** @description Percent. */
                                tolerance: number;
                                /**
                                 * Format: date-time
                                 * @description When it began.
                                 */
                                beganAt: string;
                                /**
                                 * Format: date-time
                                 * @description When this wave began.
                                 */
                                waveAt: string;
                                /** @description Who ordered or changed it last; empty: the server by itself. */
                                changedBy: string;
                                /** @description What made it hold; null: a person, or it is not held. */
                                trouble: {
                                    /** @description Devices that are told the set. */
                                    inside: {
                                        /** @description Active devices that were online since the watch began. */
                                        known: number;
                                        /** @description Of them in trouble since. */
                                        troubled: number;
                                    };
                                    /** @description All others. */
                                    outside: {
                                        /** @description Active devices that were online since the watch began. */
                                        known: number;
                                        /** @description Of them in trouble since. */
                                        troubled: number;
                                    };
                                    /** @description What troubles devices that are told the set. */
                                    kinds: {
                                        /** @description They refuse the set. */
                                        refused: number;
                                        /** @description Rules of theirs came to stand in error. */
                                        error: number;
                                        /** @description A critical alert fired and is open. */
                                        critical: number;
                                        /** @description They are gone for more than two minutes. */
                                        gone: number;
                                    };
                                } | null;
                                /** @description As of now; null: it is over, or the index cannot say. */
                                now: {
                                    /** @description Devices that are told the set. */
                                    inside: {
                                        /** @description Active devices that were online since the watch began. */
                                        known: number;
                                        /** @description Of them in trouble since. */
                                        troubled: number;
                                    };
                                    /** @description All others. */
                                    outside: {
                                        /** @description Active devices that were online since the watch began. */
                                        known: number;
                                        /** @description Of them in trouble since. */
                                        troubled: number;
                                    };
                                    /** @description What troubles devices that are told the set. */
                                    kinds: {
                                        /** @description They refuse the set. */
                                        refused: number;
                                        /** @description Rules of theirs came to stand in error. */
                                        error: number;
                                        /** @description A critical alert fired and is open. */
                                        critical: number;
                                        /** @description They are gone for more than two minutes. */
                                        gone: number;
                                    };
                                    /** @description Active devices that are told the set. */
                                    told: number;
                                    /** @description Of them online. */
                                    online: number;
                                    /** @description Of these the ones that hold policies at all. */
                                    holders: number;
                                    /** @description Of these the ones that hold the set, or refuse it. */
                                    settled: number;
                                    /** @description What the next wave waits for: time, somebody online, devices that have not fetched it yet; null: nothing. */
                                    waitsFor: "soak" | "nobody" | "unsettled" | null;
                                } | null;
                            } | null;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Hold the waves of the set in force, let them go on, or tell all devices now */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Digest of the set that was shown. */
                        digest: string;
                        /** @description hold: stay at this wave; resume: go on, and forget the trouble that is known; next: the next wave now; finish: all devices now. */
                        step: "hold" | "resume" | "next" | "finish";
                    };
                };
            };
            responses: {
                /** @description How a set of policies goes out in waves. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Digest of the set that goes out. */
                            digest: string;
                            /** @description Its version. */
                            version: number;
                            /** @description held: it does not go on by itself; done: all devices are told. */
                            state: "running" | "held" | "done";
                            /** @description Percent of the fleet. */
                            shares: number[];
                            /** @description Which of the shares is told, from 1. */
                            wave: number;
                            /** @description That share, percent. */
                            share: number;
                            /** @description Who went first, an expression; empty: nobody in particular. */
                            first: string;
                            /** @description How long each wave is watched. */
                            soakSeconds: number;
                            /** @description Percent. */
                            tolerance: number;
                            /**
                             * Format: date-time
                             * @description When it began.
                             */
                            beganAt: string;
                            /**
                             * Format: date-time
                             * @description When this wave began.
                             */
                            waveAt: string;
                            /** @description Who ordered or changed it last; empty: the server by itself. */
                            changedBy: string;
                            /** @description What made it hold; null: a person, or it is not held. */
                            trouble: {
                                /** @description Devices that are told the set. */
                                inside: {
                                    /** @description Active devices that were online since the watch began. */
                                    known: number;
                                    /** @description Of them in trouble since. */
                                    troubled: number;
                                };
                                /** @description All others. */
                                outside: {
                                    /** @description Active devices that were online since the watch began. */
                                    known: number;
                                    /** @description Of them in trouble since. */
                                    troubled: number;
                                };
                                /** @description What troubles devices that are told the set. */
                                kinds: {
                                    /** @description They refuse the set. */
                                    refused: number;
                                    /** @description Rules of theirs came to stand in error. */
                                    error: number;
                                    /** @description A critical alert fired and is open. */
                                    critical: number;
                                    /** @description They are gone for more than two minutes. */
                                    gone: number;
                                };
                            } | null;
                            /** @description As of now; null: it is over, or the index cannot say. */
                            now: {
                                /** @description Devices that are told the set. */
                                inside: {
                                    /** @description Active devices that were online since the watch began. */
                                    known: number;
                                    /** @description Of them in trouble since. */
                                    troubled: number;
                                };
                                /** @description All others. */
                                outside: {
                                    /** @description Active devices that were online since the watch began. */
                                    known: number;
                                    /** @description Of them in trouble since. */
                                    troubled: number;
                                };
                                /** @description What troubles devices that are told the set. */
                                kinds: {
                                    /** @description They refuse the set. */
                                    refused: number;
                                    /** @description Rules of theirs came to stand in error. */
                                    error: number;
                                    /** @description A critical alert fired and is open. */
                                    critical: number;
                                    /** @description They are gone for more than two minutes. */
                                    gone: number;
                                };
                                /** @description Active devices that are told the set. */
                                told: number;
                                /** @description Of them online. */
                                online: number;
                                /** @description Of these the ones that hold policies at all. */
                                holders: number;
                                /** @description Of these the ones that hold the set, or refuse it. */
                                settled: number;
                                /** @description What the next wave waits for: time, somebody online, devices that have not fetched it yet; null: nothing. */
                                waitsFor: "soak" | "nobody" | "unsettled" | null;
                            } | null;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/compliance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Count what of the devices complies, now or at a moment */
        get: {
            parameters: {
                query?: {
                    /** @description Name of a policy. */
                    policy?: string;
                    /** @description As it was at that moment; nothing: now. */
                    at?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What of the devices complies. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description The moment that was counted: the beginning of an hour, or of a day where it is long ago; null: now. */
                            at: string | null;
                            /** @description By name. */
                            policies: {
                                /** @description Name of a policy. */
                                policy: string;
                                /** @description Items that are compliant or repaired. */
                                met: number;
                                /** @description Items of which the rule is: all but not-applicable and exempt. */
                                meant: number;
                                /** @description How many items stand how. An item is one thing on one device. */
                                counts: {
                                    error: number;
                                    drifted: number;
                                    applying: number;
                                    repaired: number;
                                    compliant: number;
                                    "not-applicable": number;
                                    exempt: number;
                                    "not-reporting": number;
                                };
                            }[];
                            /** @description Of the policy that was asked for, by id; else none. */
                            rules: {
                                /** @description Id of a rule of that policy. */
                                rule: string;
                                /** @description Its title; null: it is in force no more. */
                                title: string | null;
                                /** @description Its severity, the same way. */
                                severity: string | null;
                                /** @description Items that are compliant or repaired. */
                                met: number;
                                /** @description Items of which the rule is: all but not-applicable and exempt. */
                                meant: number;
                                /** @description How many items stand how. An item is one thing on one device. */
                                counts: {
                                    error: number;
                                    drifted: number;
                                    applying: number;
                                    repaired: number;
                                    compliant: number;
                                    "not-applicable": number;
                                    exempt: number;
                                    "not-reporting": number;
                                };
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/compliance/trend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show how the share of what complies moved */
        get: {
            parameters: {
                query?: {
                    /** @description Name of a policy. */
                    policy?: string;
                    /** @description Id of a rule of that policy. */
                    rule?: string;
                    /** @description Days back from today. */
                    days?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description How the share moved. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description One for the beginning of each day, oldest first, and one for now. */
                            points: {
                                /** Format: date-time */
                                at: string;
                                /** @description Items that are compliant or repaired. */
                                met: number;
                                /** @description Items of which the rule is: all but not-applicable and exempt. */
                                meant: number;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/compliance/items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List how the items of a rule stand on devices, worst first */
        get: {
            parameters: {
                query: {
                    /** @description Name of a policy. */
                    policy: string;
                    /** @description Id of a rule of that policy. */
                    rule: string;
                    /** @description Rows of the page. */
                    limit?: number;
                    /** @description The `next` of the page before; nothing for the first page. */
                    cursor?: string;
                    /** @description How an item stands; not-reporting: the device has said nothing for two days. */
                    state?: "error" | "drifted" | "applying" | "repaired" | "compliant" | "not-applicable" | "exempt" | "not-reporting";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @description Device. */
                                deviceId: string;
                                /** @description Its host name. */
                                hostname: string;
                                /** @description What it is about, as `ssh.PermitRootLogin`. */
                                item: string;
                                /** @description Looked at only, or repaired. */
                                mode: "audit" | "enforce";
                                /** @description How an item stands; not-reporting: the device has said nothing for two days. */
                                state: "error" | "drifted" | "applying" | "repaired" | "compliant" | "not-applicable" | "exempt" | "not-reporting";
                                /**
                                 * Format: date-time
                                 * @description Since when it stands so.
                                 */
                                since: string;
                                /** @description Why it is not repaired; null: no reason. */
                                code: string | null;
                                /** @description What the device found. */
                                found: string;
                                /** @description What its policies want. */
                                wanted: string;
                                /** @description A sentence of the device; may be empty. */
                                reason: string;
                                /** @description What its last repair did. */
                                done: string[];
                            }[];
                            /** @description Cursor of the next page; null on the last. */
                            next: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/compliance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List how the items of a device stand, worst first */
        get: {
            parameters: {
                query?: {
                    /** @description Rows of the page. */
                    limit?: number;
                    /** @description The `next` of the page before; nothing for the first page. */
                    cursor?: string;
                    /** @description How an item stands; not-reporting: the device has said nothing for two days. */
                    state?: "error" | "drifted" | "applying" | "repaired" | "compliant" | "not-applicable" | "exempt" | "not-reporting";
                };
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description How the items of a device stand, worst first. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description When it said last how its items stand; null: never. */
                            reportedAt: string | null;
                            /** @description Since when it counts as not reporting; null: it reports. */
                            silentSince: string | null;
                            items: {
                                /** @description Name of a policy. */
                                policy: string;
                                /** @description Id of a rule of that policy. */
                                rule: string;
                                /** @description What it is about, as `ssh.PermitRootLogin`. */
                                item: string;
                                /** @description Looked at only, or repaired. */
                                mode: "audit" | "enforce";
                                /** @description How an item stands; not-reporting: the device has said nothing for two days. */
                                state: "error" | "drifted" | "applying" | "repaired" | "compliant" | "not-applicable" | "exempt" | "not-reporting";
                                /**
                                 * Format: date-time
                                 * @description Since when it stands so.
                                 */
                                since: string;
                                /** @description Why it is not repaired; null: no reason. */
                                code: string | null;
                                /** @description What the device found. */
                                found: string;
                                /** @description What its policies want. */
                                wanted: string;
                                /** @description A sentence of the device; may be empty. */
                                reason: string;
                                /** @description What its last repair did. */
                                done: string[];
                                /** @description Of the rule; null: in force no more. */
                                title: string | null;
                                /** @description Of the rule, the same way. */
                                severity: string | null;
                                /** @description What a person can do, as the rule says; null: in force no more. */
                                remediation: string | null;
                            }[];
                            /** @description Cursor of the next page; null on the last. */
                            next: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/presence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show how many devices were online, offline and missing over time */
        get: {
            parameters: {
                query?: {
                    /** @description 24h, as when nothing is said: each quarter of an hour; 30d: one moment of each three hours. */
                    range?: "24h" | "30d";
                    /** @description Only devices for which this expression holds now. */
                    on?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description From one moment to the next, ms. */
                            everyMs: number;
                            /** @description In order of time; every moment of the range. */
                            samples: {
                                /**
                                 * Format: date-time
                                 * @description The moment.
                                 */
                                at: string;
                                /** @description Devices that were online. Null: there is no sample, as the server was away. */
                                online: number | null;
                                /** @description Devices that were offline, for less than 30 days. Null: there is no sample, as the server was away. */
                                offline: number | null;
                                /** @description Devices that were offline for 30 days or longer. Null: there is no sample, as the server was away. */
                                missing: number | null;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the newest signed content */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            content: {
                                /** @description Digest of the signed document, base64url; commands name it by this. */
                                digest: string;
                                /** @description Hash of the body, base64url; several documents may speak of the same bytes. */
                                sha256: string;
                                /** @description Whether enough signers have signed. */
                                state: "awaiting-signatures" | "approved";
                                /** @description body: it has not been uploaded whole; null: nothing. */
                                missing: "body" | null;
                                /** @description script or file. */
                                use: string;
                                /** @description Name for people. */
                                name: string;
                                /** @description Size of the body. */
                                sizeBytes: number;
                                /** @description Bytes of it that are here. */
                                receivedBytes: number;
                                /** @description What runs a script; none for a file. */
                                interpreter: string;
                                /** @description Where a file is put; null for a script. */
                                place: {
                                    /** @description Absolute path. */
                                    path: string;
                                    /** @description Mode in octal, as 0644. */
                                    mode: string;
                                    /** @description Owner; empty: root. */
                                    owner: string;
                                    /** @description Group; empty: the owner's. */
                                    group: string;
                                } | null;
                                /** @description Users that a command may run a script as; empty: only the default one. */
                                runAs: string[];
                                /** @description A command may give a script text on its input. */
                                stdin: boolean;
                                /** @description Time after which a script is ended, ms; 0 for a file. */
                                timeoutMs: number;
                                /** @description Exit codes of a script that mean success; empty for a file. */
                                okExits: number[];
                                /** @description Signer who asks. */
                                requester: string;
                                /** @description Why. */
                                reason: string;
                                /** @description Who has signed, by the trust document in force. */
                                signers: string[];
                                /** @description Distinct signers it needs. */
                                needed: number;
                                /**
                                 * Format: date-time
                                 * @description When it was added.
                                 */
                                createdAt: string;
                                /** @description The document as it was signed. */
                                document: unknown;
                                /** @description DSSE envelope. */
                                envelope: {
                                    /** @description Signed bytes, base64url. */
                                    payload: string;
                                    /** @description Kind of document, a media type. */
                                    payloadType: string;
                                    /** @description Signatures. */
                                    signatures: {
                                        /** @description First 16 hex of sha256(SPKI); a hint. */
                                        keyid: string;
                                        /** @description Signature, base64url. */
                                        sig: string;
                                    }[];
                                };
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        /** Add signed content; its body follows */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description DSSE envelope. */
                        envelope: {
                            /** @description Signed bytes, base64url. */
                            payload: string;
                            /** @description Kind of document, a media type. */
                            payloadType: string;
                            /** @description Signatures. */
                            signatures: {
                                /** @description First 16 hex of sha256(SPKI); a hint. */
                                keyid: string;
                                /** @description Signature, base64url. */
                                sig: string;
                            }[];
                        };
                    };
                };
            };
            responses: {
                /** @description Signed content. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Digest of the signed document, base64url; commands name it by this. */
                            digest: string;
                            /** @description Hash of the body, base64url; several documents may speak of the same bytes. */
                            sha256: string;
                            /** @description Whether enough signers have signed. */
                            state: "awaiting-signatures" | "approved";
                            /** @description body: it has not been uploaded whole; null: nothing. */
                            missing: "body" | null;
                            /** @description script or file. */
                            use: string;
                            /** @description Name for people. */
                            name: string;
                            /** @description Size of the body. */
                            sizeBytes: number;
                            /** @description Bytes of it that are here. */
                            receivedBytes: number;
                            /** @description What runs a script; none for a file. */
                            interpreter: string;
                            /** @description Where a file is put; null for a script. */
                            place: {
                                /** @description Absolute path. */
                                path: string;
                                /** @description Mode in octal, as 0644. */
                                mode: string;
                                /** @description Owner; empty: root. */
                                owner: string;
                                /** @description Group; empty: the owner's. */
                                group: string;
                            } | null;
                            /** @description Users that a command may run a script as; empty: only the default one. */
                            runAs: string[];
                            /** @description A command may give a script text on its input. */
                            stdin: boolean;
                            /** @description Time after which a script is ended, ms; 0 for a file. */
                            timeoutMs: number;
                            /** @description Exit codes of a script that mean success; empty for a file. */
                            okExits: number[];
                            /** @description Signer who asks. */
                            requester: string;
                            /** @description Why. */
                            reason: string;
                            /** @description Who has signed, by the trust document in force. */
                            signers: string[];
                            /** @description Distinct signers it needs. */
                            needed: number;
                            /**
                             * Format: date-time
                             * @description When it was added.
                             */
                            createdAt: string;
                            /** @description The document as it was signed. */
                            document: unknown;
                            /** @description DSSE envelope. */
                            envelope: {
                                /** @description Signed bytes, base64url. */
                                payload: string;
                                /** @description Kind of document, a media type. */
                                payloadType: string;
                                /** @description Signatures. */
                                signatures: {
                                    /** @description First 16 hex of sha256(SPKI); a hint. */
                                    keyid: string;
                                    /** @description Signature, base64url. */
                                    sig: string;
                                }[];
                            };
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/content/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show signed content */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Digest of the document, base64url. */
                    digest: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Signed content. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Digest of the signed document, base64url; commands name it by this. */
                            digest: string;
                            /** @description Hash of the body, base64url; several documents may speak of the same bytes. */
                            sha256: string;
                            /** @description Whether enough signers have signed. */
                            state: "awaiting-signatures" | "approved";
                            /** @description body: it has not been uploaded whole; null: nothing. */
                            missing: "body" | null;
                            /** @description script or file. */
                            use: string;
                            /** @description Name for people. */
                            name: string;
                            /** @description Size of the body. */
                            sizeBytes: number;
                            /** @description Bytes of it that are here. */
                            receivedBytes: number;
                            /** @description What runs a script; none for a file. */
                            interpreter: string;
                            /** @description Where a file is put; null for a script. */
                            place: {
                                /** @description Absolute path. */
                                path: string;
                                /** @description Mode in octal, as 0644. */
                                mode: string;
                                /** @description Owner; empty: root. */
                                owner: string;
                                /** @description Group; empty: the owner's. */
                                group: string;
                            } | null;
                            /** @description Users that a command may run a script as; empty: only the default one. */
                            runAs: string[];
                            /** @description A command may give a script text on its input. */
                            stdin: boolean;
                            /** @description Time after which a script is ended, ms; 0 for a file. */
                            timeoutMs: number;
                            /** @description Exit codes of a script that mean success; empty for a file. */
                            okExits: number[];
                            /** @description Signer who asks. */
                            requester: string;
                            /** @description Why. */
                            reason: string;
                            /** @description Who has signed, by the trust document in force. */
                            signers: string[];
                            /** @description Distinct signers it needs. */
                            needed: number;
                            /**
                             * Format: date-time
                             * @description When it was added.
                             */
                            createdAt: string;
                            /** @description The document as it was signed. */
                            document: unknown;
                            /** @description DSSE envelope. */
                            envelope: {
                                /** @description Signed bytes, base64url. */
                                payload: string;
                                /** @description Kind of document, a media type. */
                                payloadType: string;
                                /** @description Signatures. */
                                signatures: {
                                    /** @description First 16 hex of sha256(SPKI); a hint. */
                                    keyid: string;
                                    /** @description Signature, base64url. */
                                    sig: string;
                                }[];
                            };
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/content/{digest}/signatures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add signatures to content */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Digest of the document, base64url. */
                    digest: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description DSSE envelope. */
                        envelope: {
                            /** @description Signed bytes, base64url. */
                            payload: string;
                            /** @description Kind of document, a media type. */
                            payloadType: string;
                            /** @description Signatures. */
                            signatures: {
                                /** @description First 16 hex of sha256(SPKI); a hint. */
                                keyid: string;
                                /** @description Signature, base64url. */
                                sig: string;
                            }[];
                        };
                    };
                };
            };
            responses: {
                /** @description Signed content. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Digest of the signed document, base64url; commands name it by this. */
                            digest: string;
                            /** @description Hash of the body, base64url; several documents may speak of the same bytes. */
                            sha256: string;
                            /** @description Whether enough signers have signed. */
                            state: "awaiting-signatures" | "approved";
                            /** @description body: it has not been uploaded whole; null: nothing. */
                            missing: "body" | null;
                            /** @description script or file. */
                            use: string;
                            /** @description Name for people. */
                            name: string;
                            /** @description Size of the body. */
                            sizeBytes: number;
                            /** @description Bytes of it that are here. */
                            receivedBytes: number;
                            /** @description What runs a script; none for a file. */
                            interpreter: string;
                            /** @description Where a file is put; null for a script. */
                            place: {
                                /** @description Absolute path. */
                                path: string;
                                /** @description Mode in octal, as 0644. */
                                mode: string;
                                /** @description Owner; empty: root. */
                                owner: string;
                                /** @description Group; empty: the owner's. */
                                group: string;
                            } | null;
                            /** @description Users that a command may run a script as; empty: only the default one. */
                            runAs: string[];
                            /** @description A command may give a script text on its input. */
                            stdin: boolean;
                            /** @description Time after which a script is ended, ms; 0 for a file. */
                            timeoutMs: number;
                            /** @description Exit codes of a script that mean success; empty for a file. */
                            okExits: number[];
                            /** @description Signer who asks. */
                            requester: string;
                            /** @description Why. */
                            reason: string;
                            /** @description Who has signed, by the trust document in force. */
                            signers: string[];
                            /** @description Distinct signers it needs. */
                            needed: number;
                            /**
                             * Format: date-time
                             * @description When it was added.
                             */
                            createdAt: string;
                            /** @description The document as it was signed. */
                            document: unknown;
                            /** @description DSSE envelope. */
                            envelope: {
                                /** @description Signed bytes, base64url. */
                                payload: string;
                                /** @description Kind of document, a media type. */
                                payloadType: string;
                                /** @description Signatures. */
                                signatures: {
                                    /** @description First 16 hex of sha256(SPKI); a hint. */
                                    keyid: string;
                                    /** @description Signature, base64url. */
                                    sig: string;
                                }[];
                            };
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/content/{digest}/body": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the body of signed content */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Digest of the document, base64url. */
                    digest: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        /** Upload the next piece of a body, at most 256 KiB */
        put: {
            parameters: {
                query: {
                    /** @description Where the piece begins: the bytes received so far. */
                    offset: number;
                };
                header?: never;
                path: {
                    /** @description Digest of the document, base64url. */
                    digest: string;
                };
                cookie?: never;
            };
            /** @description Bytes. */
            requestBody: {
                content: {
                    "application/octet-stream": unknown;
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Bytes that are here. */
                            received: number;
                            /** @description Bytes of the whole. */
                            size: number;
                            /** @description All are here and have the signed hash. */
                            complete: boolean;
                        };
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/halts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the newest halts */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            halts: {
                                /** @description Halt id. */
                                id: string;
                                /** @description in-force, lifted before its time, or over by itself. */
                                state: "in-force" | "lifted" | "over";
                                /** @description all, kind or command. */
                                what: string;
                                /** @description The kind or command id; empty for all. */
                                scope: string;
                                /** @description Signer who halted. */
                                requester: string;
                                /** @description Why. */
                                reason: string;
                                /**
                                 * Format: date-time
                                 * @description When it was signed.
                                 */
                                at: string;
                                /**
                                 * Format: date-time
                                 * @description When it ends by itself.
                                 */
                                until: string;
                                /** @description When it was lifted; null: it was not. */
                                liftedAt: string | null;
                                /** @description DSSE envelope. */
                                envelope: {
                                    /** @description Signed bytes, base64url. */
                                    payload: string;
                                    /** @description Kind of document, a media type. */
                                    payloadType: string;
                                    /** @description Signatures. */
                                    signatures: {
                                        /** @description First 16 hex of sha256(SPKI); a hint. */
                                        keyid: string;
                                        /** @description Signature, base64url. */
                                        sig: string;
                                    }[];
                                };
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        /** Halt everything, a kind or a command, by a signed halt */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description DSSE envelope. */
                        envelope: {
                            /** @description Signed bytes, base64url. */
                            payload: string;
                            /** @description Kind of document, a media type. */
                            payloadType: string;
                            /** @description Signatures. */
                            signatures: {
                                /** @description First 16 hex of sha256(SPKI); a hint. */
                                keyid: string;
                                /** @description Signature, base64url. */
                                sig: string;
                            }[];
                        };
                    };
                };
            };
            responses: {
                /** @description A halt. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Halt id. */
                            id: string;
                            /** @description in-force, lifted before its time, or over by itself. */
                            state: "in-force" | "lifted" | "over";
                            /** @description all, kind or command. */
                            what: string;
                            /** @description The kind or command id; empty for all. */
                            scope: string;
                            /** @description Signer who halted. */
                            requester: string;
                            /** @description Why. */
                            reason: string;
                            /**
                             * Format: date-time
                             * @description When it was signed.
                             */
                            at: string;
                            /**
                             * Format: date-time
                             * @description When it ends by itself.
                             */
                            until: string;
                            /** @description When it was lifted; null: it was not. */
                            liftedAt: string | null;
                            /** @description DSSE envelope. */
                            envelope: {
                                /** @description Signed bytes, base64url. */
                                payload: string;
                                /** @description Kind of document, a media type. */
                                payloadType: string;
                                /** @description Signatures. */
                                signatures: {
                                    /** @description First 16 hex of sha256(SPKI); a hint. */
                                    keyid: string;
                                    /** @description Signature, base64url. */
                                    sig: string;
                                }[];
                            };
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/halts/{id}/lift": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lift a halt by a signed lift; two signers in hardened mode */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Halt id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description DSSE envelope. */
                        envelope: {
                            /** @description Signed bytes, base64url. */
                            payload: string;
                            /** @description Kind of document, a media type. */
                            payloadType: string;
                            /** @description Signatures. */
                            signatures: {
                                /** @description First 16 hex of sha256(SPKI); a hint. */
                                keyid: string;
                                /** @description Signature, base64url. */
                                sig: string;
                            }[];
                        };
                    };
                };
            };
            responses: {
                /** @description A halt. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Halt id. */
                            id: string;
                            /** @description in-force, lifted before its time, or over by itself. */
                            state: "in-force" | "lifted" | "over";
                            /** @description all, kind or command. */
                            what: string;
                            /** @description The kind or command id; empty for all. */
                            scope: string;
                            /** @description Signer who halted. */
                            requester: string;
                            /** @description Why. */
                            reason: string;
                            /**
                             * Format: date-time
                             * @description When it was signed.
                             */
                            at: string;
                            /**
                             * Format: date-time
                             * @description When it ends by itself.
                             */
                            until: string;
                            /** @description When it was lifted; null: it was not. */
                            liftedAt: string | null;
                            /** @description DSSE envelope. */
                            envelope: {
                                /** @description Signed bytes, base64url. */
                                payload: string;
                                /** @description Kind of document, a media type. */
                                payloadType: string;
                                /** @description Signatures. */
                                signatures: {
                                    /** @description First 16 hex of sha256(SPKI); a hint. */
                                    keyid: string;
                                    /** @description Signature, base64url. */
                                    sig: string;
                                }[];
                            };
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/targets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Find the devices that are meant */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description An expression. */
                        on?: string;
                        /** @description Ids, unique beginnings of ids, or exact host names. */
                        devices?: string[];
                        /** @description Named devices that take no commands are left out and told, instead of refused. */
                        skipInactive?: boolean;
                        /** @description Job id: the id of its command. */
                        job?: string;
                        /** @description With `job`: its devices whose runs are in these states, as for another try. */
                        states?: ("queued" | "offered" | "accepted" | "deferred" | "running" | "interrupted" | "waiting-person" | "succeeded" | "failed" | "canceled" | "expired" | "refused" | "quarantined" | "unknown")[];
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Id of the snapshot. */
                            snapshot: string;
                            /** @description Devices that are meant. */
                            count: number;
                            /** @description Root of the hash tree over their sorted ids, base64url. */
                            root: string;
                            /** @description Connected ones. */
                            online: number;
                            /** @description The others; they get the command when they come, until it expires. */
                            offline: number;
                            /** @description The expression can be signed as `bound`. */
                            isDeviceOnly: boolean;
                            /** @description The first 25, by id. */
                            devices: {
                                /** @description Device id. */
                                id: string;
                                /** @description Name the device calls itself by. */
                                hostname: string;
                                /** @description Fingerprint of its key. */
                                fingerprint: string;
                                /** @description Whether it is connected. */
                                state: "online" | "offline";
                            }[];
                            /** @description Devices that fit and are left out, because they take no commands now. */
                            excludedCount: number;
                            /** @description The first 25 of them. */
                            excluded: {
                                /** @description Device id. */
                                id: string;
                                /** @description Name the device calls itself by. */
                                hostname: string;
                                /** @description State in which it takes no commands. */
                                why: "pending" | "quarantined" | "retired";
                            }[];
                            /**
                             * Format: date-time
                             * @description When the snapshot is forgotten.
                             */
                            expiresAt: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/targets/{snapshot}/ids": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the ids of a snapshot, for the hash tree that is signed */
        get: {
            parameters: {
                query?: {
                    /** @description The `next` of the page before. */
                    after?: string;
                    /** @description Ids of the page. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description Snapshot id. */
                    snapshot: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Sorted ids. */
                            ids: string[];
                            /** @description `after` of the next page. */
                            next: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/targets/{snapshot}/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the devices of a snapshot */
        get: {
            parameters: {
                query?: {
                    /** @description The `next` of the page before. */
                    after?: string;
                    /** @description Devices of the page. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description Snapshot id. */
                    snapshot: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            devices: {
                                /** @description Device id. */
                                id: string;
                                /** @description Name the device calls itself by. */
                                hostname: string;
                                /** @description Fingerprint of its key. */
                                fingerprint: string;
                                /** @description Whether it is connected. */
                                state: "online" | "offline";
                            }[];
                            /** @description `after` of the next page. */
                            next: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List jobs, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description State of the job. */
                    state?: "awaiting-signatures" | "scheduled" | "running" | "held" | "done" | "canceled" | "expired";
                    /** @description Kind of the command, or the beginning of one with a * behind it. */
                    kind?: string;
                    /** @description Signer who asks. */
                    requester?: string;
                    /** @description The `next` of the page before. */
                    after?: number;
                    /** @description Jobs of the page. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            jobs: {
                                /** @description Job id: the id of its command. */
                                id: string;
                                /** @description Kind of the command. */
                                kind: string;
                                /** @description routine, privileged, code or destructive. */
                                class: string;
                                /** @description Why, as it was signed. */
                                reason: string;
                                /** @description Signer who asks. */
                                requester: string;
                                /** @description Who has signed. */
                                signers: string[];
                                /** @description Distinct signers it needs. */
                                needed: number;
                                /** @description State of the job. */
                                state: "awaiting-signatures" | "scheduled" | "running" | "held" | "done" | "canceled" | "expired";
                                /** @description Why it is held or was canceled; null: neither. */
                                held: string | null;
                                /** @description Devices only say what they would do. */
                                dryRun: boolean;
                                /** @description Devices do it in a freeze too. */
                                emergency: boolean;
                                /**
                                 * Format: date-time
                                 * @description Nothing starts before.
                                 */
                                notBefore: string;
                                /**
                                 * Format: date-time
                                 * @description Nothing starts after.
                                 */
                                notAfter: string;
                                /**
                                 * Format: date-time
                                 * @description When it was handed in.
                                 */
                                createdAt: string;
                                /** @description When the last target was final; null while one is open. */
                                endedAt: string | null;
                                /** @description Name of the token that handed it in. */
                                madeBy: string;
                                /** @description Targets by state of their run; states without any are left out. */
                                counts: {
                                    [key: string]: number;
                                };
                                /** @description Devices it means. */
                                targets: number;
                            }[];
                            /** @description `after` of the next page. */
                            next: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Order a signed command; the same bytes again give the same job */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description DSSE envelope. */
                        envelope: {
                            /** @description Signed bytes, base64url. */
                            payload: string;
                            /** @description Kind of document, a media type. */
                            payloadType: string;
                            /** @description Signatures. */
                            signatures: {
                                /** @description First 16 hex of sha256(SPKI); a hint. */
                                keyid: string;
                                /** @description Signature, base64url. */
                                sig: string;
                            }[];
                        };
                        /** @description Content that the command needs, by the digest of its document. */
                        content?: string[];
                        /** @description Snapshot of the targets; needed for a tree. */
                        snapshot?: string;
                        /** @description How it is carried out. */
                        options?: {
                            /** @description Not shown: the expression of a job is that of its snapshot. */
                            on?: string;
                            /** @description Runs at a time. */
                            concurrency?: number;
                            /** @description Shares of the targets in percent, rising; each is finished before the next. */
                            batches?: number[];
                            /** @description Failures at which the rest is held. */
                            stopAtFailures?: number;
                            /** @description No second open job may have it. */
                            dedupeKey?: string;
                        };
                    };
                };
            };
            responses: {
                /** @description A job. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Job id: the id of its command. */
                            id: string;
                            /** @description Kind of the command. */
                            kind: string;
                            /** @description routine, privileged, code or destructive. */
                            class: string;
                            /** @description Why, as it was signed. */
                            reason: string;
                            /** @description Signer who asks. */
                            requester: string;
                            /** @description Who has signed. */
                            signers: string[];
                            /** @description Distinct signers it needs. */
                            needed: number;
                            /** @description State of the job. */
                            state: "awaiting-signatures" | "scheduled" | "running" | "held" | "done" | "canceled" | "expired";
                            /** @description Why it is held or was canceled; null: neither. */
                            held: string | null;
                            /** @description Devices only say what they would do. */
                            dryRun: boolean;
                            /** @description Devices do it in a freeze too. */
                            emergency: boolean;
                            /**
                             * Format: date-time
                             * @description Nothing starts before.
                             */
                            notBefore: string;
                            /**
                             * Format: date-time
                             * @description Nothing starts after.
                             */
                            notAfter: string;
                            /**
                             * Format: date-time
                             * @description When it was handed in.
                             */
                            createdAt: string;
                            /** @description When the last target was final; null while one is open. */
                            endedAt: string | null;
                            /** @description Name of the token that handed it in. */
                            madeBy: string;
                            /** @description Targets by state of their run; states without any are left out. */
                            counts: {
                                [key: string]: number;
                            };
                            /** @description Devices it means. */
                            targets: number;
                            /** @description The command as it was signed. */
                            command: unknown;
                            /** @description As it was signed; null where some of its targets may not be seen. */
                            envelope: {
                                /** @description Signed bytes, base64url. */
                                payload: string;
                                /** @description Kind of document, a media type. */
                                payloadType: string;
                                /** @description Signatures. */
                                signatures: {
                                    /** @description First 16 hex of sha256(SPKI); a hint. */
                                    keyid: string;
                                    /** @description Signature, base64url. */
                                    sig: string;
                                }[];
                            } | null;
                            /** @description How it is carried out. */
                            options: {
                                /** @description Expression by which the server found exactly these devices; null: by name, or without a snapshot. */
                                on: string | null;
                                /** @description Runs at a time; null: no limit. */
                                concurrency: number | null;
                                /** @description Shares of the targets in percent. */
                                batches: number[];
                                /** @description Failures at which the rest is held; null: never. */
                                stopAtFailures: number | null;
                                /** @description No second open job has it; null: none. */
                                dedupeKey: string | null;
                                /** @description Content it needs, by the digest of its document. */
                                content: string[];
                            };
                        };
                    };
                };
                /** @description A job. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Job id: the id of its command. */
                            id: string;
                            /** @description Kind of the command. */
                            kind: string;
                            /** @description routine, privileged, code or destructive. */
                            class: string;
                            /** @description Why, as it was signed. */
                            reason: string;
                            /** @description Signer who asks. */
                            requester: string;
                            /** @description Who has signed. */
                            signers: string[];
                            /** @description Distinct signers it needs. */
                            needed: number;
                            /** @description State of the job. */
                            state: "awaiting-signatures" | "scheduled" | "running" | "held" | "done" | "canceled" | "expired";
                            /** @description Why it is held or was canceled; null: neither. */
                            held: string | null;
                            /** @description Devices only say what they would do. */
                            dryRun: boolean;
                            /** @description Devices do it in a freeze too. */
                            emergency: boolean;
                            /**
                             * Format: date-time
                             * @description Nothing starts before.
                             */
                            notBefore: string;
                            /**
                             * Format: date-time
                             * @description Nothing starts after.
                             */
                            notAfter: string;
                            /**
                             * Format: date-time
                             * @description When it was handed in.
                             */
                            createdAt: string;
                            /** @description When the last target was final; null while one is open. */
                            endedAt: string | null;
                            /** @description Name of the token that handed it in. */
                            madeBy: string;
                            /** @description Targets by state of their run; states without any are left out. */
                            counts: {
                                [key: string]: number;
                            };
                            /** @description Devices it means. */
                            targets: number;
                            /** @description The command as it was signed. */
                            command: unknown;
                            /** @description As it was signed; null where some of its targets may not be seen. */
                            envelope: {
                                /** @description Signed bytes, base64url. */
                                payload: string;
                                /** @description Kind of document, a media type. */
                                payloadType: string;
                                /** @description Signatures. */
                                signatures: {
                                    /** @description First 16 hex of sha256(SPKI); a hint. */
                                    keyid: string;
                                    /** @description Signature, base64url. */
                                    sig: string;
                                }[];
                            } | null;
                            /** @description How it is carried out. */
                            options: {
                                /** @description Expression by which the server found exactly these devices; null: by name, or without a snapshot. */
                                on: string | null;
                                /** @description Runs at a time; null: no limit. */
                                concurrency: number | null;
                                /** @description Shares of the targets in percent. */
                                batches: number[];
                                /** @description Failures at which the rest is held; null: never. */
                                stopAtFailures: number | null;
                                /** @description No second open job has it; null: none. */
                                dedupeKey: string | null;
                                /** @description Content it needs, by the digest of its document. */
                                content: string[];
                            };
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a job */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Job id: the id of its command. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A job. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Job id: the id of its command. */
                            id: string;
                            /** @description Kind of the command. */
                            kind: string;
                            /** @description routine, privileged, code or destructive. */
                            class: string;
                            /** @description Why, as it was signed. */
                            reason: string;
                            /** @description Signer who asks. */
                            requester: string;
                            /** @description Who has signed. */
                            signers: string[];
                            /** @description Distinct signers it needs. */
                            needed: number;
                            /** @description State of the job. */
                            state: "awaiting-signatures" | "scheduled" | "running" | "held" | "done" | "canceled" | "expired";
                            /** @description Why it is held or was canceled; null: neither. */
                            held: string | null;
                            /** @description Devices only say what they would do. */
                            dryRun: boolean;
                            /** @description Devices do it in a freeze too. */
                            emergency: boolean;
                            /**
                             * Format: date-time
                             * @description Nothing starts before.
                             */
                            notBefore: string;
                            /**
                             * Format: date-time
                             * @description Nothing starts after.
                             */
                            notAfter: string;
                            /**
                             * Format: date-time
                             * @description When it was handed in.
                             */
                            createdAt: string;
                            /** @description When the last target was final; null while one is open. */
                            endedAt: string | null;
                            /** @description Name of the token that handed it in. */
                            madeBy: string;
                            /** @description Targets by state of their run; states without any are left out. */
                            counts: {
                                [key: string]: number;
                            };
                            /** @description Devices it means. */
                            targets: number;
                            /** @description The command as it was signed. */
                            command: unknown;
                            /** @description As it was signed; null where some of its targets may not be seen. */
                            envelope: {
                                /** @description Signed bytes, base64url. */
                                payload: string;
                                /** @description Kind of document, a media type. */
                                payloadType: string;
                                /** @description Signatures. */
                                signatures: {
                                    /** @description First 16 hex of sha256(SPKI); a hint. */
                                    keyid: string;
                                    /** @description Signature, base64url. */
                                    sig: string;
                                }[];
                            } | null;
                            /** @description How it is carried out. */
                            options: {
                                /** @description Expression by which the server found exactly these devices; null: by name, or without a snapshot. */
                                on: string | null;
                                /** @description Runs at a time; null: no limit. */
                                concurrency: number | null;
                                /** @description Shares of the targets in percent. */
                                batches: number[];
                                /** @description Failures at which the rest is held; null: never. */
                                stopAtFailures: number | null;
                                /** @description No second open job has it; null: none. */
                                dedupeKey: string | null;
                                /** @description Content it needs, by the digest of its document. */
                                content: string[];
                            };
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watch a job (server-sent events: progress, run, output, dropped, end)
         * @description Ends with `end` when every target is final. A reader that is too slow loses lines and is told how many by `dropped`.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Job id: the id of its command. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/signatures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add signatures to a job */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Job id: the id of its command. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description DSSE envelope. */
                        envelope: {
                            /** @description Signed bytes, base64url. */
                            payload: string;
                            /** @description Kind of document, a media type. */
                            payloadType: string;
                            /** @description Signatures. */
                            signatures: {
                                /** @description First 16 hex of sha256(SPKI); a hint. */
                                keyid: string;
                                /** @description Signature, base64url. */
                                sig: string;
                            }[];
                        };
                    };
                };
            };
            responses: {
                /** @description A job. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Job id: the id of its command. */
                            id: string;
                            /** @description Kind of the command. */
                            kind: string;
                            /** @description routine, privileged, code or destructive. */
                            class: string;
                            /** @description Why, as it was signed. */
                            reason: string;
                            /** @description Signer who asks. */
                            requester: string;
                            /** @description Who has signed. */
                            signers: string[];
                            /** @description Distinct signers it needs. */
                            needed: number;
                            /** @description State of the job. */
                            state: "awaiting-signatures" | "scheduled" | "running" | "held" | "done" | "canceled" | "expired";
                            /** @description Why it is held or was canceled; null: neither. */
                            held: string | null;
                            /** @description Devices only say what they would do. */
                            dryRun: boolean;
                            /** @description Devices do it in a freeze too. */
                            emergency: boolean;
                            /**
                             * Format: date-time
                             * @description Nothing starts before.
                             */
                            notBefore: string;
                            /**
                             * Format: date-time
                             * @description Nothing starts after.
                             */
                            notAfter: string;
                            /**
                             * Format: date-time
                             * @description When it was handed in.
                             */
                            createdAt: string;
                            /** @description When the last target was final; null while one is open. */
                            endedAt: string | null;
                            /** @description Name of the token that handed it in. */
                            madeBy: string;
                            /** @description Targets by state of their run; states without any are left out. */
                            counts: {
                                [key: string]: number;
                            };
                            /** @description Devices it means. */
                            targets: number;
                            /** @description The command as it was signed. */
                            command: unknown;
                            /** @description As it was signed; null where some of its targets may not be seen. */
                            envelope: {
                                /** @description Signed bytes, base64url. */
                                payload: string;
                                /** @description Kind of document, a media type. */
                                payloadType: string;
                                /** @description Signatures. */
                                signatures: {
                                    /** @description First 16 hex of sha256(SPKI); a hint. */
                                    keyid: string;
                                    /** @description Signature, base64url. */
                                    sig: string;
                                }[];
                            } | null;
                            /** @description How it is carried out. */
                            options: {
                                /** @description Expression by which the server found exactly these devices; null: by name, or without a snapshot. */
                                on: string | null;
                                /** @description Runs at a time; null: no limit. */
                                concurrency: number | null;
                                /** @description Shares of the targets in percent. */
                                batches: number[];
                                /** @description Failures at which the rest is held; null: never. */
                                stopAtFailures: number | null;
                                /** @description No second open job has it; null: none. */
                                dedupeKey: string | null;
                                /** @description Content it needs, by the digest of its document. */
                                content: string[];
                            };
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel a job */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Job id: the id of its command. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Why, in a sentence for people. */
                        reason: string;
                    };
                };
            };
            responses: {
                /** @description A job. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Job id: the id of its command. */
                            id: string;
                            /** @description Kind of the command. */
                            kind: string;
                            /** @description routine, privileged, code or destructive. */
                            class: string;
                            /** @description Why, as it was signed. */
                            reason: string;
                            /** @description Signer who asks. */
                            requester: string;
                            /** @description Who has signed. */
                            signers: string[];
                            /** @description Distinct signers it needs. */
                            needed: number;
                            /** @description State of the job. */
                            state: "awaiting-signatures" | "scheduled" | "running" | "held" | "done" | "canceled" | "expired";
                            /** @description Why it is held or was canceled; null: neither. */
                            held: string | null;
                            /** @description Devices only say what they would do. */
                            dryRun: boolean;
                            /** @description Devices do it in a freeze too. */
                            emergency: boolean;
                            /**
                             * Format: date-time
                             * @description Nothing starts before.
                             */
                            notBefore: string;
                            /**
                             * Format: date-time
                             * @description Nothing starts after.
                             */
                            notAfter: string;
                            /**
                             * Format: date-time
                             * @description When it was handed in.
                             */
                            createdAt: string;
                            /** @description When the last target was final; null while one is open. */
                            endedAt: string | null;
                            /** @description Name of the token that handed it in. */
                            madeBy: string;
                            /** @description Targets by state of their run; states without any are left out. */
                            counts: {
                                [key: string]: number;
                            };
                            /** @description Devices it means. */
                            targets: number;
                            /** @description The command as it was signed. */
                            command: unknown;
                            /** @description As it was signed; null where some of its targets may not be seen. */
                            envelope: {
                                /** @description Signed bytes, base64url. */
                                payload: string;
                                /** @description Kind of document, a media type. */
                                payloadType: string;
                                /** @description Signatures. */
                                signatures: {
                                    /** @description First 16 hex of sha256(SPKI); a hint. */
                                    keyid: string;
                                    /** @description Signature, base64url. */
                                    sig: string;
                                }[];
                            } | null;
                            /** @description How it is carried out. */
                            options: {
                                /** @description Expression by which the server found exactly these devices; null: by name, or without a snapshot. */
                                on: string | null;
                                /** @description Runs at a time; null: no limit. */
                                concurrency: number | null;
                                /** @description Shares of the targets in percent. */
                                batches: number[];
                                /** @description Failures at which the rest is held; null: never. */
                                stopAtFailures: number | null;
                                /** @description No second open job has it; null: none. */
                                dedupeKey: string | null;
                                /** @description Content it needs, by the digest of its document. */
                                content: string[];
                            };
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hold a job: devices that have it carry it out, nobody else is offered it */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Job id: the id of its command. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Why, in a sentence for people. */
                        reason: string;
                    };
                };
            };
            responses: {
                /** @description A job. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Job id: the id of its command. */
                            id: string;
                            /** @description Kind of the command. */
                            kind: string;
                            /** @description routine, privileged, code or destructive. */
                            class: string;
                            /** @description Why, as it was signed. */
                            reason: string;
                            /** @description Signer who asks. */
                            requester: string;
                            /** @description Who has signed. */
                            signers: string[];
                            /** @description Distinct signers it needs. */
                            needed: number;
                            /** @description State of the job. */
                            state: "awaiting-signatures" | "scheduled" | "running" | "held" | "done" | "canceled" | "expired";
                            /** @description Why it is held or was canceled; null: neither. */
                            held: string | null;
                            /** @description Devices only say what they would do. */
                            dryRun: boolean;
                            /** @description Devices do it in a freeze too. */
                            emergency: boolean;
                            /**
                             * Format: date-time
                             * @description Nothing starts before.
                             */
                            notBefore: string;
                            /**
                             * Format: date-time
                             * @description Nothing starts after.
                             */
                            notAfter: string;
                            /**
                             * Format: date-time
                             * @description When it was handed in.
                             */
                            createdAt: string;
                            /** @description When the last target was final; null while one is open. */
                            endedAt: string | null;
                            /** @description Name of the token that handed it in. */
                            madeBy: string;
                            /** @description Targets by state of their run; states without any are left out. */
                            counts: {
                                [key: string]: number;
                            };
                            /** @description Devices it means. */
                            targets: number;
                            /** @description The command as it was signed. */
                            command: unknown;
                            /** @description As it was signed; null where some of its targets may not be seen. */
                            envelope: {
                                /** @description Signed bytes, base64url. */
                                payload: string;
                                /** @description Kind of document, a media type. */
                                payloadType: string;
                                /** @description Signatures. */
                                signatures: {
                                    /** @description First 16 hex of sha256(SPKI); a hint. */
                                    keyid: string;
                                    /** @description Signature, base64url. */
                                    sig: string;
                                }[];
                            } | null;
                            /** @description How it is carried out. */
                            options: {
                                /** @description Expression by which the server found exactly these devices; null: by name, or without a snapshot. */
                                on: string | null;
                                /** @description Runs at a time; null: no limit. */
                                concurrency: number | null;
                                /** @description Shares of the targets in percent. */
                                batches: number[];
                                /** @description Failures at which the rest is held; null: never. */
                                stopAtFailures: number | null;
                                /** @description No second open job has it; null: none. */
                                dedupeKey: string | null;
                                /** @description Content it needs, by the digest of its document. */
                                content: string[];
                            };
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/continue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go on with a job that was held */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Job id: the id of its command. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A job. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Job id: the id of its command. */
                            id: string;
                            /** @description Kind of the command. */
                            kind: string;
                            /** @description routine, privileged, code or destructive. */
                            class: string;
                            /** @description Why, as it was signed. */
                            reason: string;
                            /** @description Signer who asks. */
                            requester: string;
                            /** @description Who has signed. */
                            signers: string[];
                            /** @description Distinct signers it needs. */
                            needed: number;
                            /** @description State of the job. */
                            state: "awaiting-signatures" | "scheduled" | "running" | "held" | "done" | "canceled" | "expired";
                            /** @description Why it is held or was canceled; null: neither. */
                            held: string | null;
                            /** @description Devices only say what they would do. */
                            dryRun: boolean;
                            /** @description Devices do it in a freeze too. */
                            emergency: boolean;
                            /**
                             * Format: date-time
                             * @description Nothing starts before.
                             */
                            notBefore: string;
                            /**
                             * Format: date-time
                             * @description Nothing starts after.
                             */
                            notAfter: string;
                            /**
                             * Format: date-time
                             * @description When it was handed in.
                             */
                            createdAt: string;
                            /** @description When the last target was final; null while one is open. */
                            endedAt: string | null;
                            /** @description Name of the token that handed it in. */
                            madeBy: string;
                            /** @description Targets by state of their run; states without any are left out. */
                            counts: {
                                [key: string]: number;
                            };
                            /** @description Devices it means. */
                            targets: number;
                            /** @description The command as it was signed. */
                            command: unknown;
                            /** @description As it was signed; null where some of its targets may not be seen. */
                            envelope: {
                                /** @description Signed bytes, base64url. */
                                payload: string;
                                /** @description Kind of document, a media type. */
                                payloadType: string;
                                /** @description Signatures. */
                                signatures: {
                                    /** @description First 16 hex of sha256(SPKI); a hint. */
                                    keyid: string;
                                    /** @description Signature, base64url. */
                                    sig: string;
                                }[];
                            } | null;
                            /** @description How it is carried out. */
                            options: {
                                /** @description Expression by which the server found exactly these devices; null: by name, or without a snapshot. */
                                on: string | null;
                                /** @description Runs at a time; null: no limit. */
                                concurrency: number | null;
                                /** @description Shares of the targets in percent. */
                                batches: number[];
                                /** @description Failures at which the rest is held; null: never. */
                                stopAtFailures: number | null;
                                /** @description No second open job has it; null: none. */
                                dedupeKey: string | null;
                                /** @description Content it needs, by the digest of its document. */
                                content: string[];
                            };
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the runs of a job */
        get: {
            parameters: {
                query?: {
                    /** @description State of a run; docs/architecture/delivery.md. */
                    state?: "queued" | "offered" | "accepted" | "deferred" | "running" | "interrupted" | "waiting-person" | "succeeded" | "failed" | "canceled" | "expired" | "refused" | "quarantined" | "unknown";
                    /** @description The `next` of the page before. */
                    after?: number;
                    /** @description sha256, base64url. */
                    output?: string;
                    /** @description Runs of the page. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description Job id: the id of its command. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            runs: {
                                /** @description Device id. */
                                deviceId: string;
                                /** @description Name the device calls itself by. */
                                hostname: string;
                                /** @description State of a run; docs/architecture/delivery.md. */
                                state: "queued" | "offered" | "accepted" | "deferred" | "running" | "interrupted" | "waiting-person" | "succeeded" | "failed" | "canceled" | "expired" | "refused" | "quarantined" | "unknown";
                                /** @description Why it was refused, failed or waits; null: nothing to say. */
                                code: string | null;
                                /** @description A sentence of the device; empty: none. */
                                message: string;
                                /** @description Exit code of the program; null: none ran. */
                                exit: number | null;
                                /** @description Hash of the kept output; null: none. */
                                outputSha256: string | null;
                                /** @description When the last report worth a row was stored; null: none was. */
                                at: string | null;
                            }[];
                            /** @description `after` of the next page. */
                            next: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/runs/{deviceId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a run with its result and output */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Job id: the id of its command. */
                    id: string;
                    /** @description Device id. */
                    deviceId: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A run with its result and output. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Device id. */
                            deviceId: string;
                            /** @description Name the device calls itself by. */
                            hostname: string;
                            /** @description State of a run; docs/architecture/delivery.md. */
                            state: "queued" | "offered" | "accepted" | "deferred" | "running" | "interrupted" | "waiting-person" | "succeeded" | "failed" | "canceled" | "expired" | "refused" | "quarantined" | "unknown";
                            /** @description Why it was refused, failed or waits; null: nothing to say. */
                            code: string | null;
                            /** @description A sentence of the device; empty: none. */
                            message: string;
                            /** @description Exit code of the program; null: none ran. */
                            exit: number | null;
                            /** @description Hash of the kept output; null: none. */
                            outputSha256: string | null;
                            /** @description When the last report worth a row was stored; null: none was. */
                            at: string | null;
                            /** @description Signed result; null: none yet. */
                            result: {
                                /** @description Signed bytes, base64url. */
                                payload: string;
                                /** @description Kind of document, a media type. */
                                payloadType: string;
                                /** @description Signatures. */
                                signatures: {
                                    /** @description First 16 hex of sha256(SPKI); a hint. */
                                    keyid: string;
                                    /** @description Signature, base64url. */
                                    sig: string;
                                }[];
                            } | null;
                            /** @description Whether the device's own key signed the result; null: there is none. */
                            isGenuine: boolean | null;
                            /** @description Kept output as text; bytes that are no UTF-8 are replaced. Null: none. */
                            output: string | null;
                            /** @description The program wrote more than was kept; the end was. */
                            truncated: boolean;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/runs/{deviceId}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the file that a run has fetched */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Job id: the id of its command. */
                    id: string;
                    /** @description Device id. */
                    deviceId: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the runs of a device, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description The `next` of the page before. */
                    after?: number;
                    /** @description Runs of the page. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description Device id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            runs: {
                                /** @description Job id: the id of its command. */
                                job: string;
                                /** @description Kind of the command. */
                                kind: string;
                                /** @description Why, as it was signed. */
                                reason: string;
                                /** @description Signer who asks. */
                                requester: string;
                                /** @description The device only says what it would do. */
                                dryRun: boolean;
                                /**
                                 * Format: date-time
                                 * @description When the job was handed in.
                                 */
                                createdAt: string;
                                /** @description State of a run; docs/architecture/delivery.md. */
                                state: "queued" | "offered" | "accepted" | "deferred" | "running" | "interrupted" | "waiting-person" | "succeeded" | "failed" | "canceled" | "expired" | "refused" | "quarantined" | "unknown";
                                /** @description Why it was refused, failed or waits; null: nothing to say. */
                                code: string | null;
                                /** @description A sentence of the device; empty: none. */
                                message: string;
                                /** @description Exit code of the program; null: none ran. */
                                exit: number | null;
                                /** @description When the last report worth a row was stored; null: none was. */
                                at: string | null;
                            }[];
                            /** @description `after` of the next page, which may be empty and have another; null on the last. */
                            next: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/outputs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what the runs of a job have printed; equal outputs are one */
        get: {
            parameters: {
                query?: {
                    /** @description Only outputs with this text; empty: all. */
                    q?: string;
                    /** @description Bytes of each that are shown, from the beginning or around what was looked for. */
                    bytes?: number;
                    /** @description Outputs that are shown. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description Job id: the id of its command. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Different outputs of the job. */
                            outputs: number;
                            /** @description Devices that printed something. */
                            devices: number;
                            /** @description Those of most devices first. */
                            groups: {
                                /** @description Hash of the output; `output` of the list of runs. */
                                outputSha256: string;
                                /** @description Devices that printed exactly this. */
                                devices: number;
                                /** @description One of them. */
                                deviceId: string;
                                /** @description Its name. */
                                hostname: string;
                                /** @description A program wrote more than was kept; the end was. */
                                truncated: boolean;
                                /** @description Bytes that are kept. */
                                sizeBytes: number;
                                /** @description A part of it; bytes that are no UTF-8 are replaced. */
                                text: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/budgets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show how many devices a signer and the organization may still reach */
        get: {
            parameters: {
                query?: {
                    /** @description Signer; empty: nobody. */
                    signer?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            budgets: {
                                /** @description Class of the commands that count. */
                                class: "privileged" | "destructive";
                                /** @description Time over which they are counted, ms. */
                                overMs: number;
                                /** @description Of the signer. */
                                signer: {
                                    /** @description Devices that may be reached in that time. */
                                    most: number;
                                    /** @description Devices that were. */
                                    used: number;
                                };
                                /** @description Of everybody. */
                                organization: {
                                    /** @description Devices that may be reached in that time. */
                                    most: number;
                                    /** @description Devices that were. */
                                    used: number;
                                };
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: never;
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
