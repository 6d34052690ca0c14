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
                                    /** @description Raw Ed25519 public key, base64url. */
                                    key: string;
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
                                /** @description Raw Ed25519 public key, base64url. */
                                key: string;
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
                        /** @description Raw Ed25519 public key, base64url. */
                        key: string;
                        /** @description Name for people. */
                        name: string;
                        /** @description Signature of the key over PAE("application/vnd.muster.key-proof.v1", organization id, line feed, key), base64url. */
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
                                /** @description Raw Ed25519 public key, base64url. */
                                key: string;
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
                                /** @description Raw Ed25519 public key, base64url. */
                                key: string;
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
                            /** @description Expression, to be shown. */
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
                            /** @description How it is carried out. */
                            options: {
                                /** @description Expression by which the devices were found; null: by name. */
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
                            /** @description How it is carried out. */
                            options: {
                                /** @description Expression by which the devices were found; null: by name. */
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
                            /** @description How it is carried out. */
                            options: {
                                /** @description Expression by which the devices were found; null: by name. */
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
                            /** @description How it is carried out. */
                            options: {
                                /** @description Expression by which the devices were found; null: by name. */
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
                            /** @description How it is carried out. */
                            options: {
                                /** @description Expression by which the devices were found; null: by name. */
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
        /** Go on with a job that was held after failures */
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
                            /** @description How it is carried out. */
                            options: {
                                /** @description Expression by which the devices were found; null: by name. */
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
