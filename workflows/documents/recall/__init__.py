"""Asking back what was issued (NĐ 30/2020, Điều 18): decided by the issuer, told to each receiver, answered by each."""
