import type { HumanLayerRequest, SendOptions } from "zenobia-client";
import { Refused } from "zenobia-client";
import { useClient } from "../server/connection.ts";
import { SETTLED } from "../words.ts";

export interface Answering {
  approve(values: Record<string, unknown>, forSession: boolean, by: SendOptions): Promise<void>;
  deny(reason: string, by: SendOptions): Promise<void>;
  respond(response: string, by: SendOptions): Promise<void>;
}

/** The three ways to settle a request; they raise what kept it from that, also that somebody else was quicker. */
export function useAnswering(request: HumanLayerRequest): Answering {
  const client = useClient();
  const requestId = request.id;
  const settle = async (send: () => Promise<unknown>): Promise<void> => {
    try {
      await send();
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== "already_decided") throw error;
      throw new Error(alreadySettled(error));
    }
  };
  return {
    approve: (values, forSession, by) =>
      settle(() => client.send("approveHumanLayerRequest", { requestId, values, forSession }, by)),
    deny: (reason, by) =>
      settle(() => client.send("denyHumanLayerRequest", { requestId, reason: reason.trim() || null }, by)),
    respond: (response, by) => settle(() => client.send("respondHumanLayerRequest", { requestId, response }, by)),
  };
}

function alreadySettled(error: Refused): string {
  const settled = error.details?.request as HumanLayerRequest | undefined;
  return settled === undefined ? error.message : `This was already settled: ${SETTLED[settled.status].toLowerCase()}.`;
}
