// Audit: the append-only log of who did what, one JSON object a line (docs/formats/access.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/keeper.h"
#include "auth/private_folder.h"
#include "base/result.h"
#include "model/value.h"

namespace cairn::auth {

std::string print_event(int64_t time_ns, const Actor& actor, std::string_view event,
                        std::string_view outcome, const model::Value& about);

// Under the folder's lock.
Result<void> append_event(const PrivateFolder& folder, std::string_view line);

// From the end, or from the byte `before`, towards the beginning.
Result<Keeper::AuditPage> read_events(const PrivateFolder& folder, size_t limit,
                                      std::optional<uint64_t> before);

}  // namespace cairn::auth
