// Whose machine it is, as far as its firmware says: cloud providers sign theirs.
#include <array>

#include "probe/facts.h"
#include "probe/probe.h"

namespace cairn::probe {
namespace {

struct Sign {
  std::string_view provider, file, text;  // the file's text begins with this
};
// Files of /sys/class/dmi/id that users may read.
constexpr auto kSigns = std::to_array<Sign>({
    {"aws", "sys_vendor", "Amazon EC2"},
    {"aws", "bios_version", "4.2.amazon"},  // machines of Xen
    {"gcp", "product_name", "Google Compute Engine"},
    {"azure", "chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77"},
    {"oracle", "chassis_asset_tag", "OracleCloud.com"},
    {"ibm", "chassis_asset_tag", "ibmcloud"},
    {"huawei", "chassis_asset_tag", "HUAWEICLOUD"},
    {"alibaba", "product_name", "Alibaba Cloud ECS"},
    {"tencent", "sys_vendor", "Tencent Cloud"},
    {"digitalocean", "sys_vendor", "DigitalOcean"},
    {"exoscale", "product_name", "Exoscale"},
    {"hetzner", "sys_vendor", "Hetzner"},
    {"linode", "sys_vendor", "Akamai"},
    {"linode", "sys_vendor", "Linode"},
    {"scaleway", "sys_vendor", "Scaleway"},
    {"upcloud", "sys_vendor", "UpCloud"},
    {"vultr", "sys_vendor", "Vultr"},
});

}  // namespace

model::Value read_cloud_facts(const Machine& machine) {
  for (const Sign& sign : kSigns) {
    const auto text = read_text(machine.path("/sys/class/dmi/id/") + std::string(sign.file), 256);
    if (!text || !trim(*text).starts_with(sign.text)) continue;
    return model::Object{{"provider", sign.provider}};
  }
  return {};
}

model::Value cloud_facts() { return read_cloud_facts(this_machine()); }

}  // namespace cairn::probe
