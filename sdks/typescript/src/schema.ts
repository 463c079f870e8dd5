// Written by sdks/generate.py out of openapi.json; not edited by hand.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Up to where the agent has its messages: one of the two. */
        AckBody: {
            /** @description This message and all before it. */
            message_id?: string | null;
            /**
             * Format: int64
             * @description The same by `number`.
             */
            up_to?: number | null;
        };
        /** @description What was acknowledged. */
        AckedBody: {
            /**
             * Format: int64
             * @description Messages up to this number do not come again.
             */
            up_to: number;
        };
        /** @description The human side of a transaction. */
        ApprovalBody: {
            approvals?: components["schemas"]["ApprovalsBody"] | null;
            /**
             * Format: date-time
             * @description Until when a human can decide.
             */
            deadline?: string | null;
            /**
             * Format: date-time
             * @description When.
             */
            decided_at?: string | null;
            /**
             * @description Who decided, cancelled or resolved it. An agent reads `human`, `agent` or, where a freeze withdrew it, `bursar`;
             *     the org reads who it was.
             */
            decided_by?: string | null;
            /** @description Whether its mails were delivered. */
            mails: components["schemas"]["MailView"][];
            /** @description What they said. */
            reason?: string | null;
            /** @description Who has said yes, oldest first; members see it, agents do not. */
            votes?: components["schemas"]["VoteBody"][];
        };
        /**
         * @description Who says yes.
         * @enum {string}
         */
        ApprovalMode: "ask_for_everything" | "auto_approve_under_threshold" | "auto_approve_by_category";
        /** @description How many have to say yes, and how many have. */
        ApprovalsBody: {
            /** @description So many have; while it waits, only those who may still decide. */
            given: number;
            /**
             * Format: int32
             * @description So many have to.
             */
            needed: number;
            /**
             * Format: int32
             * @description So many members of the org can; members see it, agents do not.
             */
            possible?: number | null;
        };
        /** @description What a payment request is answered with: where the payment stands or, for a dry run, where it would. */
        AskAnswer: components["schemas"]["TransactionBody"] | components["schemas"]["PreviewBody"];
        /** @description A card that an agent asks for. */
        CardQuestion: {
            /**
             * @description The only merchant it is for, where it is for one.
             * @example shop.example
             */
            merchant?: string | null;
            /** @description What for. Shown to your owner as your claim. */
            reason: string;
            /** @description Whether one payment is enough. */
            single_use?: boolean;
        };
        /**
         * @description Whether the agent has a card.
         * @enum {string}
         */
        CardStatus: "none" | "issuing" | "active" | "frozen" | "cancelled";
        /** @description What is changed of an endpoint; what is absent stays. */
        ChangeBody: {
            /** @description For people; an empty text takes it away. */
            description?: string | null;
            /** @description Whether it is called. What an endpoint missed while it was disabled can be replayed. */
            enabled?: boolean | null;
            /** @description Of what; an empty list is everything. */
            events?: string[] | null;
            /** @description Where to. */
            url?: string | null;
        };
        /** @description One rule that was looked at. */
        CheckBody: {
            /** @description What was asked for. */
            asked?: string | null;
            /** @description Its limit. */
            limit?: string | null;
            /** @description The rule: a field of the policy. */
            rule: string;
            /** @description What was used of it. */
            used?: string | null;
            /** @description `approve`, `ask` or `decline`. */
            verdict: string;
        };
        /** @description A new endpoint and its secret, which is shown once. */
        CreatedEndpoint: components["schemas"]["EndpointBody"] & {
            /** @description What messages are signed with. Keep it: it is not shown again. */
            secret: string;
        };
        /** @description What a message is about. What does not belong to it is left out. */
        DataBody: {
            /** @description Who did it. An agent reads `human`, `agent` or `bursar`; the org reads who it was. */
            actor?: string | null;
            /** @description The agent that it is about. */
            agent_id?: string | null;
            /** @description The amount that it is about. */
            amount?: string | null;
            /** @description The same, under the name that bots know. */
            bot_id?: string | null;
            /** @description The card that it is about. */
            card_id?: string | null;
            /** @description ISO 4217. */
            currency?: string | null;
            /** @description The endpoint that is tested. */
            endpoint_id?: string | null;
            /** @description What an agent does next, where that is not plain. */
            next_step?: string | null;
            /** @description In which org. */
            org_id: string;
            /**
             * Format: int64
             * @description The version of the policy that came into force.
             */
            policy_version?: number | null;
            /** @description Why, where that is known and meant for the reader. */
            reason?: string | null;
            /** @description The payment's status right after it. `transaction` is as it is when the message is sent. */
            status?: string | null;
            transaction?: components["schemas"]["TransactionBody"] | null;
        };
        /** @description A delivery in the log. */
        DeliveryBody: {
            /**
             * Format: int64
             * @description How often it was sent.
             */
            attempts: number;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            delivery_id: string;
            /** @description Why it was not taken last. */
            error?: string | null;
            /**
             * Format: int64
             * @description What was answered last.
             */
            http_status?: number | null;
            /**
             * Format: date-time
             * @description When it was sent last.
             */
            last_attempt_at?: string | null;
            /** @description `webhook-id`: the same on every attempt. */
            message_id: string;
            /**
             * Format: date-time
             * @description When it is sent next.
             */
            next_attempt_at?: string | null;
            /** @description `pending`, `delivered`, `failed` (given up) or `cancelled` (the endpoint was disabled). */
            status: string;
            /** @description The name of what happened. */
            type: string;
        };
        /** @description An endpoint as agents and people see it. */
        EndpointBody: {
            /** @description Only what is about this agent is told. */
            agent_id?: string | null;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description For people. */
            description?: string | null;
            /** @description Why it is disabled. */
            disabled_reason?: string | null;
            /** @description Its id. */
            endpoint_id: string;
            /** @description Names and patterns of the events that are told; empty for everything. */
            events: string[];
            /**
             * Format: date-time
             * @description Since when nothing but failures came back.
             */
            failing_since?: string | null;
            /**
             * Format: date-time
             * @description After a rotation: until when messages carry a signature by the secret before, too.
             */
            old_secret_until?: string | null;
            /** @description Whose it is: `agent` or `org`. */
            owner: string;
            /** @description `active` or `disabled`. */
            status: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description Where messages are sent. */
            url: string;
        };
        /** @description A list of endpoints. */
        EndpointsBody: {
            /** @description Oldest first. */
            data: components["schemas"]["EndpointBody"][];
        };
        /** @description One field that is wrong. */
        FieldError: {
            /** @description Path of the field, such as `amount` or `merchants.allow[2]`. */
            field: string;
            /** @description What is wrong with it, and what to send instead. */
            message: string;
        };
        /** @description What would become of a purchase, or what was reserved for it. */
        IntentBody: {
            /** @description The least. */
            at_least: string;
            /** @description The most that the purchase may be: the amount and its tolerance. */
            at_most: string;
            /** @description What can be spent from the wallet now, what is reserved taken off. */
            balance: string;
            /** @description Of all amounts. */
            currency: string;
            /** @description `allowed`, `needs_approval` or `declined`. */
            decision: string;
            /**
             * Format: date-time
             * @description Until when a human can decide, or the purchase can be made.
             */
            expires_at?: string | null;
            /** @description Whether the same was asked for before. */
            idempotent: boolean;
            /** @description To be named in the purchase; only where something is, or was, reserved. */
            intent_id?: string | null;
            /** @description The limits, and what is left of them now. */
            limits: components["schemas"]["SpendingLimits"];
            /** @description As written. */
            merchant: string;
            /** @description Why not; of a reservation that is over, why it is. */
            reason?: string | null;
            /** @description Every rule that was looked at. */
            rules: components["schemas"]["CheckBody"][];
            /** @description Where the reservation stands: `pending` while a human is asked, `approved` while it can be taken up. */
            status?: string | null;
        };
        /** @description What an agent is about to buy. Exactly one of `amount` and `amount_usd`. */
        IntentRequest: {
            /**
             * @description A decimal text, such as `"12.50"`, in the wallet's currency.
             * @example 12.50
             */
            amount?: string | null;
            /** @description The same, for a wallet of US dollars. */
            amount_usd?: string | null;
            /** @description What the agent says it buys. A claim: rules go by the payee's category. */
            category?: string | null;
            /** @description Anything the agent wants kept with it; at most 8 KiB as JSON. */
            context?: Record<string, unknown> | null;
            /** @description The wallet's; ISO 4217. */
            currency?: string | null;
            /** @description Needed with `reserve_minutes`: chosen by the agent, unique for ever. May be sent as the header `Idempotency-Key`. */
            idempotency_key?: string | null;
            /**
             * @description Who is to be paid: a host, or a name; for a card as the till will name it.
             * @example shop.example.com
             */
            merchant: string;
            /** @description What for, in the agent's words. */
            purpose?: string | null;
            /**
             * @description How it is to be paid, `card` among others; the org's default when absent.
             * @example card
             */
            rail?: string | null;
            /**
             * Format: int64
             * @description Reserve the money for so many minutes, at most 30; nothing is reserved when absent.
             */
            reserve_minutes?: number | null;
            /**
             * @description By how much the purchase may differ from the amount, either way; nothing when absent.
             * @example 1.50
             */
            tolerance?: string | null;
        };
        /** @description Limits of the short form. In a wallet of US dollars each may be named `…_usd` instead. */
        LimitAmounts: {
            /**
             * @description A human is asked for anything greater.
             * @default null
             */
            ask_approval_above?: string | null;
            /**
             * @description `ask_approval_above`, in a wallet of US dollars.
             * @default null
             */
            ask_approval_above_usd?: string | null;
            /**
             * @description The most within a day.
             * @default null
             */
            daily?: string | null;
            /**
             * @description `daily`, in a wallet of US dollars.
             * @default null
             */
            daily_usd?: string | null;
            /**
             * @description The most within a month.
             * @default null
             */
            monthly?: string | null;
            /**
             * @description `monthly`, in a wallet of US dollars.
             * @default null
             */
            monthly_usd?: string | null;
            /**
             * @description The most that one payment may be; absent or `null` is no limit.
             * @default null
             */
            per_transaction?: string | null;
            /**
             * @description `per_transaction`, in a wallet of US dollars.
             * @default null
             */
            per_transaction_usd?: string | null;
        };
        /** @description A payment link as its agent sees it. */
        LinkBody: {
            /** @description How much. */
            amount: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Of what. */
            currency: string;
            /** @description What for. */
            description: string;
            /**
             * Format: date-time
             * @description Until when it can be paid.
             */
            expires_at: string;
            /**
             * Format: date-time
             * @description When the money came in.
             */
            paid_at?: string | null;
            /** @description Filled in for the payer. */
            payer_email?: string | null;
            /** @description Its id. */
            payment_link_id: string;
            /** @description `active`, `processing` (paid in a way that takes days), `paid`, `failed` or `expired`. */
            status: string;
            /** @description The page to send to who is to pay. */
            url: string;
        };
        /** @description Whether a mail was delivered. */
        MailView: {
            /** @description Why it failed; members see it, agents do not. */
            error?: string | null;
            /** @description What it is about. */
            kind: string;
            /** @description To whom; members see it, agents do not. */
            recipient?: string | null;
            /**
             * Format: date-time
             * @description When the mail server took it.
             */
            sent_at?: string | null;
            /** @description `queued`, `sent` or `failed`. */
            status: string;
        };
        /** @description What is told. */
        MessageBody: {
            /** @description About what. */
            data: components["schemas"]["DataBody"];
            /**
             * Format: date-time
             * @description When it happened.
             */
            timestamp: string;
            /** @description The name of what happened; docs/webhooks.md lists all. */
            type: string;
        };
        /** @description Some messages. */
        MessagesBody: {
            /** @description Oldest first. */
            data: components["schemas"]["ReadMessage"][];
            /** @description There may be more behind these, even where there are none: pass it as `cursor`. Absent at the end. */
            next_cursor?: string | null;
        };
        /** @description An endpoint to be made. */
        NewEndpointBody: {
            /** @description For owners: only what is about this agent. */
            agent_id?: string | null;
            /** @description For people. */
            description?: string | null;
            /** @description Names of events, and patterns such as `transaction.*`; everything, when absent or empty. */
            events?: string[];
            /** @description Where to: https, on the public internet, on port 443 or one from 1024, without user name and password. */
            url: string;
        };
        /** @description A payment link to be made. Exactly one of `amount` and `amount_usd`. */
        NewLink: {
            /**
             * @description A decimal text, such as `"25.00"`, in the wallet's currency.
             * @example 25.00
             */
            amount?: string | null;
            /** @description The same, for a wallet of US dollars. */
            amount_usd?: string | null;
            /** @description The wallet's; ISO 4217. */
            currency?: string | null;
            /** @description What for. Shown to who pays, as what you say. */
            description: string;
            /** @description Filled in for who pays. */
            payer_email?: string | null;
        };
        /** @description One page, newest first. */
        Page_DeliveryBody: {
            /** @description The rows. */
            data: components["schemas"]["DeliveryBody"][];
            /** @description Pass it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page, newest first. */
        Page_StoryLine: {
            /** @description The rows. */
            data: components["schemas"]["StoryLine"][];
            /** @description Pass it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
        };
        /** @description What an agent asks for. Exactly one of `amount` and `amount_cents`. */
        PaymentRequest: {
            /**
             * @description A decimal text, such as `"12.50"`; up to six digits behind the point.
             * @example 12.50
             */
            amount?: string | null;
            /**
             * Format: int64
             * @description Whole cents instead of `amount`.
             */
            amount_cents?: number | null;
            /** @description What the agent says it buys. A claim: rules go by the payee's category. */
            category?: string | null;
            /** @description Anything the agent wants kept with the payment; at most 8 KiB as JSON. */
            context?: Record<string, unknown> | null;
            /**
             * @description ISO 4217; `USD` when absent.
             * @example USD
             */
            currency?: string | null;
            /** @description Chosen by the agent, unique per payment, for ever. May be sent as the header `Idempotency-Key` instead. */
            idempotency_key?: string | null;
            /** @description The intent that this is the purchase of: it was decided then, and what was reserved is taken up. */
            intent_id?: string | null;
            /**
             * @description Who is to be paid: a host, or a name.
             * @example api.example.com
             */
            merchant: string;
            /** @description What for, in the agent's words. Shown to humans as the agent's claim. */
            purpose?: string | null;
            /**
             * @description How to pay; the org's default when absent.
             * @example sandbox
             */
            rail?: string | null;
        };
        /** @description What would be decided. */
        PreviewBody: {
            /** @description Every rule that was looked at. */
            decision: components["schemas"]["CheckBody"][];
            /** @description Always `true`. */
            dry_run: boolean;
            /** @description Why not. */
            reason?: string | null;
            /** @description `approved`, `pending` (a human would be asked) or `declined`. */
            status: string;
        };
        /** @description The shape of every error, for the API description. */
        ProblemBody: {
            /** @description Stable; programs may depend on it. */
            code: string;
            /** @description For people: what is wrong, and what to do next. */
            detail: string;
            /** @description Fields that are wrong. */
            errors?: components["schemas"]["FieldError"][];
            /**
             * Format: int64
             * @description Seconds until it makes sense to try again.
             */
            retry_after?: number | null;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The status in words. */
            title: string;
            /** @description `urn:bursar:problem:` and the code. */
            type: string;
        };
        /** @description Where an agent's question for a card stands. */
        QuestionBody: {
            /** @description Its id. */
            card_request_id: string;
            /**
             * Format: date-time
             * @description Until when your owner can answer.
             */
            expires_at: string;
            /** @description `asked`, `granted`, `refused` or `expired`. */
            status: string;
        };
        /** @description One message. */
        ReadMessage: components["schemas"]["MessageBody"] & {
            /** @description The `webhook-id` under which an endpoint is told the same. */
            message_id: string;
            /**
             * Format: int64
             * @description Its number, for `up_to`. Messages of one change share it.
             */
            number: number;
        };
        /** @description Why something is done. */
        ReasonBody: {
            /** @description For the audit trail. */
            reason?: string | null;
        };
        /** @description A refund. */
        RefundBody: {
            /** @description How much. */
            amount: string;
            /**
             * Format: date-time
             * @description When the rail did it.
             */
            completed_at?: string | null;
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            created_at: string;
            /** @description Why. */
            reason: string;
            /** @description Its id. */
            refund_id: string;
            /** @description `requested`, `completed` or `failed`. */
            status: string;
        };
        /** @description An error that says why a payment is not made. */
        RefusalBody: components["schemas"]["ProblemBody"] & {
            /** @description What was asked for. */
            asked?: string | null;
            /** @description Every rule that was looked at, in the answer to a dry run. */
            decision?: components["schemas"]["CheckBody"][] | null;
            /** @description `true` in the answer to a dry run. */
            dry_run?: boolean | null;
            /** @description The limit that was reached: an amount, or a rate in words. `null` where no limit refused it. */
            limit?: string | null;
            /** @description Why, as in `code`; absent from the answer to a dry run. */
            reason?: string | null;
            transaction?: components["schemas"]["TransactionBody"] | null;
            /** @description What was used of it. */
            used?: string | null;
        };
        /** @description From when on messages are sent again. */
        ReplayBody: {
            /**
             * Format: date-time
             * @description RFC 3339; at most 30 days ago.
             */
            since: string;
        };
        /** @description From when on messages are sent again. */
        ReplayedBody: {
            /** @description To which endpoint. */
            endpoint_id: string;
            /**
             * Format: date-time
             * @description Since when.
             */
            since: string;
        };
        /** @description A new secret, which is shown once. */
        RotatedSecret: {
            /** @description Of which endpoint. */
            endpoint_id: string;
            /**
             * Format: date-time
             * @description Until then messages carry a signature by the secret before, too.
             */
            old_secret_until: string;
            /** @description What messages are signed with from now on. Keep it: it is not shown again. */
            secret: string;
        };
        /** @description What an agent may spend, in the short form of its policy. */
        SpendingBody: {
            /** @description Whose. */
            agent_id: string;
            /** @description Who says yes. */
            approval_mode: components["schemas"]["ApprovalMode"];
            /** @description Nobody is asked on account of these. */
            approved_categories: string[];
            /** @description Never these. */
            blocked_categories: string[];
            /** @description Of all amounts. */
            currency: string;
            /** @description `null` is no limit. */
            limits: components["schemas"]["LimitAmounts"];
            /** @description What the owner wants the agent to know. */
            notes?: string | null;
            /** @description Whether a purchase may repeat an earlier one without a human. */
            recurring_allowed: boolean;
            /**
             * Format: date-time
             * @description When it was set.
             */
            updated_at: string;
            /**
             * Format: int64
             * @description The version of the policy in force, which is the `ETag`. It may have more rules than these.
             */
            version: number;
        };
        /** @description The limits, and what is left of them. */
        SpendingLimits: {
            /** @description Today. */
            daily: components["schemas"]["WindowBody"];
            /** @description For ever. */
            lifetime: components["schemas"]["WindowBody"];
            /** @description This month. */
            monthly: components["schemas"]["WindowBody"];
            /** @description `monthly.left`, in a wallet of US dollars. */
            monthly_remaining_usd?: string | null;
            /** @description `monthly.used`, in a wallet of US dollars. */
            monthly_spent_usd?: string | null;
            /** @description `monthly.limit`, in a wallet of US dollars. */
            monthly_usd?: string | null;
            /** @description The most that one payment may be; `null` is no limit. */
            per_transaction?: string | null;
            /** @description `per_transaction`, in a wallet of US dollars. */
            per_transaction_usd?: string | null;
            /** @description This week. */
            weekly: components["schemas"]["WindowBody"];
        };
        /** @description One line of a wallet's story. */
        StoryLine: {
            /** @description With a sign: less than zero is money that left, or is held to leave. */
            amount: string;
            /**
             * Format: date-time
             * @description When.
             */
            created_at: string;
            /** @description Of what. */
            currency: string;
            /** @description Who was paid, or what the money is for. */
            description: string;
            /**
             * Format: int64
             * @description The entry of the org's audit trail that the line is made of.
             */
            entry: number;
            /** @description The payment link. */
            payment_link_id?: string | null;
            /** @description The rail of a payment, or of what came back of one. */
            rail?: string | null;
            /** @description Where it stands; of what came in or back: `completed`. */
            status: string;
            /** @description The top-up. */
            topup_id?: string | null;
            /** @description The payment. */
            transaction_id?: string | null;
            /**
             * @description `payment`; `deposit`, `topup` or `payment_link`: money that came in; `refund` and `dispute`: money that came back;
             *     `topup_refund` and `topup_dispute`: money that went back to whoever had paid it in, or came again.
             */
            type: string;
        };
        /** @description A top-up as people and programs see it. */
        TopupBody: {
            /** @description The agent whose wallet it is for; absent for the org's own. */
            agent_id?: string | null;
            /** @description How much. */
            amount: string;
            /** @description Whether it was charged to a saved payment method because the wallet fell below its floor. */
            automatic: boolean;
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            created_at: string;
            /** @description Of what. */
            currency: string;
            /**
             * Format: date-time
             * @description Until when it can be paid.
             */
            expires_at: string;
            /** @description Why an automatic one was refused, such as `card_declined`. */
            failure?: string | null;
            /**
             * Format: date-time
             * @description When the money came in.
             */
            paid_at?: string | null;
            /** @description An agent's reason, or an owner's words. */
            reason: string;
            /**
             * @description `asked` (nobody opened Stripe's page yet), `open`, `processing` (paid in a way that takes days, or
             *     charged and not yet certain), `paid`, `failed` or `expired`.
             */
            status: string;
            /** @description Its id. */
            topup_id: string;
        };
        /** @description Money that an agent asks for. Exactly one of `amount` and `amount_usd`. */
        TopupRequest: {
            /**
             * @description A decimal text, such as `"25.00"`, in the wallet's currency.
             * @example 25.00
             */
            amount?: string | null;
            /** @description The same, for a wallet of US dollars. */
            amount_usd?: string | null;
            /** @description The wallet's; ISO 4217. */
            currency?: string | null;
            /** @description What for. Shown to your owner as your claim. */
            reason: string;
        };
        /** @description A transaction as people and programs see it. */
        TransactionBody: {
            /** @description The agent that asked. */
            agent_id: string;
            /** @description What was asked for. */
            amount: string;
            approval?: components["schemas"]["ApprovalBody"] | null;
            /** @description The card that was used at a till. */
            card_id?: string | null;
            /** @description By the payee or the card network. */
            category?: string | null;
            /** @description What the agent says it buys. */
            claimed_category?: string | null;
            /**
             * Format: date-time
             * @description When it was paid.
             */
            completed_at?: string | null;
            /** @description The agent's own. */
            context?: Record<string, unknown> | null;
            /**
             * Format: date-time
             * @description When it was decided.
             */
            created_at: string;
            /** @description ISO 4217. */
            currency: string;
            /** @description Every rule that was looked at, in order, up to the first refusal. */
            decision: components["schemas"]["CheckBody"][];
            /** @description The agent's own key for it. */
            idempotency_key: string;
            /** @description Whether this answer is about a request that was seen before. */
            idempotent: boolean;
            /** @description As the agent wrote it. */
            merchant: string;
            /** @description What was really paid. */
            posted_amount: string;
            /** @description In the agent's words. */
            purpose: string;
            /** @description How it is paid. */
            rail: string;
            /** @description Why it was declined, failed or withdrawn. */
            reason?: string | null;
            /** @description What was given back. */
            refunded_amount: string;
            /** @description Refunds, oldest first. */
            refunds?: components["schemas"]["RefundBody"][];
            /**
             * Format: date-time
             * @description A human allowed what the till was refused: until then the same card passes there, with the same amount.
             */
            retry_until?: string | null;
            /**
             * @description `pending`, `approved`, `executing`, `unknown`, `completed`, `refunded`, `failed`, `declined`, `timed_out` or
             *     `cancelled`.
             */
            status: string;
            /** @description Stripe's id of the charge. */
            stripe_charge_id?: string | null;
            /** @description Its id. */
            transaction_id: string;
        };
        /** @description A yes. */
        VoteBody: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description Whose. */
            by: string;
            /** @description What they said. */
            reason?: string | null;
        };
        /** @description What an agent sees of its wallet. */
        WalletBody: {
            /** @description Whose. */
            agent_id: string;
            /** @description What can be spent: what is in it, less what is held. Negative after money went back that had been spent. */
            balance: string;
            /** @description `balance`, in a wallet of US dollars. */
            balance_usd?: string | null;
            /** @description Whether there is a card. */
            card_status: components["schemas"]["CardStatus"];
            /** @description Of wallet and limits. */
            currency: string;
            /** @description What is held for payments under way. */
            held: string;
            /**
             * Format: int64
             * @description How many top-ups of this wallet were asked for and are not paid yet.
             */
            pending_topups: number;
            /** @description What they come to. */
            pending_topups_amount: string;
            /** @description The limits, and what is left of them. */
            spending_limits: components["schemas"]["SpendingLimits"];
            /** @description `org`: shared with the org's other agents; `own`; or `none` while nobody has claimed the agent. */
            wallet: string;
            /** @description Where it stands. */
            wallet_status: components["schemas"]["WalletStatus"];
        };
        /** @description A card as its agent sees it. */
        WalletCard: {
            /** @description Such as `Visa`. */
            brand?: string | null;
            /** @description Its id. */
            card_id: string;
            /** @description ISO 4217. */
            currency: string;
            /** @description The code. */
            cvc?: string | null;
            /**
             * Format: int64
             * @description 1 to 12.
             */
            exp_month?: number | null;
            /**
             * Format: int64
             * @description Four digits.
             */
            exp_year?: number | null;
            /** @description The last digits of the number. */
            last4?: string | null;
            /** @description The only merchant it may be used at. */
            merchant?: string | null;
            /** @description The whole number. */
            number?: string | null;
            /** @description Whether the number is in this answer. Only where your owner allowed it, and the card is active. */
            revealed: boolean;
            /** @description How to handle it. */
            rules: string[];
            /** @description Whether it ends after one payment. */
            single_use: boolean;
            /** @description `issuing`, `active`, `frozen` or `cancelled`. */
            status: string;
        };
        /**
         * @description Where a wallet stands.
         * @enum {string}
         */
        WalletStatus: "pending" | "active" | "empty" | "inactive" | "frozen";
        /** @description A limit within a time, and what is left of it. */
        WindowBody: {
            /** @description What is left; `null` is no limit. */
            left?: string | null;
            /** @description The limit; `null` is no limit. */
            limit?: string | null;
            /** @description Held and spent in the current window. */
            used: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
