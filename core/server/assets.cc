// A build without the page.
#include "server/assets.h"

namespace cairn::server {

std::span<const Asset> page_assets() { return {}; }

}  // namespace cairn::server
