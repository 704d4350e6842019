import { customersAt } from "../customers/address";

/** The customers behind a finding, as far as their attributes tell them. */
export function findingCustomers(id: string): string | undefined {
  switch (id) {
    case "decline":
      return customersAt([["stage", "is", "decline"]], "-clv_12");
    case "high_value_at_risk":
      return customersAt([["rfm_code", "in", "011", "001", "010"]], "-monetary");
    case "lost":
      return customersAt([["stage", "is", "lost"]], "-revenue");
    case "due_now":
      return customersAt(
        [
          ["next_due", "known"],
          ["stage", "not_in", "lost"],
        ],
        "next_due",
      );
    case "second_order":
      return customersAt([["purchase_days", "is", "1"]], "-last_day");
    case "concentration":
      return customersAt([], "-revenue");
    default:
      return undefined;
  }
}
