import { Counter, Gauge, type Registry } from "prom-client";

export function createTransactionMetrics(registry: Registry) {
  const registers = [registry];
  return {
    balance: new Gauge({
      name: "braid_l1_balance_ether",
      help: "Ether that the poster can still spend on L1",
      registers,
    }),
    runway: new Gauge({
      name: "braid_l1_runway_hours",
      help: "Hours that the balance lasts at the spending of the last day; +Inf while nothing was spent",
      registers,
    }),
    spent: new Gauge({
      name: "braid_l1_spent_ether",
      help: "Ether spent on L1 in the last 24 hours",
      registers,
    }),
    open: new Gauge({
      name: "braid_l1_transactions_open",
      help: "L1 transactions not mined yet, by state",
      labelNames: ["state"],
      registers,
    }),
    sent: new Counter({
      name: "braid_l1_transactions_total",
      help: "L1 transactions by purpose and outcome",
      labelNames: ["purpose", "outcome"],
      registers,
    }),
    gas: new Counter({
      name: "braid_l1_gas_total",
      help: "L1 gas used, reverted transactions included",
      labelNames: ["purpose"],
      registers,
    }),
    held: new Gauge({
      name: "braid_l1_held_back",
      help: "1 while transactions wait for this reason",
      labelNames: ["reason"],
      registers,
    }),
  };
}

export type TransactionMetrics = ReturnType<typeof createTransactionMetrics>;
