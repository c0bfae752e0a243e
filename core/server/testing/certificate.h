// Certificate: a self-signed certificate for localhost and its key, in files as long as it lives.
#pragma once

#include <string>

namespace cairn::server {

class Certificate {
 public:
  Certificate();
  ~Certificate();
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  std::string cert_path() const { return x_dir + "/cert.pem"; }
  std::string key_path() const { return x_dir + "/key.pem"; }

 private:
  std::string x_dir;
};

}  // namespace cairn::server
