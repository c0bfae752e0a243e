// Fuzzes the ledger that meters share: any bytes are refused or safe to go on with, and whatever a
// ledger says, nobody is given more of an account than it still has.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/check.h"
#include "probe/energy_ledger.h"

namespace {

using namespace cairn;

// Adds and claims as the bytes say.
void use(probe::Account account, std::string_view bytes) {
  double used_j = 0, claimed_j = 0, position_j = account.total_j();
  for (int64_t now_ns = 1; bytes.size() >= 3; now_ns += kNsPerSecond, bytes.remove_prefix(3)) {
    const auto at = [&](size_t i) { return static_cast<double>(static_cast<uint8_t>(bytes[i])); };
    account.add(at(0), at(1), now_ns);
    used_j += at(0);
    claimed_j += account.claim(position_j, at(2) / 255, 0.5).used_j;
    if (bytes[2] % 2 == 0) position_j = account.total_j();
    CHECK(claimed_j <= used_j * (1 + 1e-9));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  use(probe::Account(), bytes);
  auto ledger = probe::parse_ledger(bytes);
  if (!ledger) return 0;
  const auto again = probe::parse_ledger(probe::print_ledger(*ledger));
  CHECK(again && again->devices.size() == ledger->devices.size());
  for (probe::LedgerDevice& device : ledger->devices) {
    device.account.add(1, 1, kNsPerSecond);
    device.account.claim(0, 1, 1);
  }
  return 0;
}
