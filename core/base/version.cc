// The version of this build; the number itself comes from the build.
#include "base/version.h"

namespace cairn {

std::string_view version() { return CAIRN_VERSION; }

}  // namespace cairn
