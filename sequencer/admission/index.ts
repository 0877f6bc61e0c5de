export { AdmissionError } from "./admissionError.ts";
export { type Admission, createAdmission, MAX_TRANSACTION_BYTES } from "./createAdmission.ts";
