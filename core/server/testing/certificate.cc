// Made by OpenSSL, in a millisecond: an elliptic curve.
#include "server/testing/certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>

#include "base/check.h"
#include "base/id.h"

namespace cairn::server {
namespace {

template <typename Write>
void write_file(const std::string& path, const Write& write) {
  std::FILE* const file = std::fopen(path.c_str(), "we");
  CHECK(file && write(file) == 1);
  std::fclose(file);
}

}  // namespace

Certificate::Certificate()
    : x_dir((std::filesystem::temp_directory_path() / ("cairn-tls-" + make_id())).string()) {
  std::filesystem::create_directory(x_dir);
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const cert = X509_new();
  CHECK(key && cert);
  ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
  X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
  X509_set_pubkey(cert, key);
  X509_NAME* const name = X509_get_subject_name(cert);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(cert, name);
  CHECK(X509_sign(cert, key, EVP_sha256()) > 0);
  write_file(cert_path(), [&](std::FILE* file) { return PEM_write_X509(file, cert); });
  write_file(key_path(), [&](std::FILE* file) {
    return PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
  X509_free(cert);
  EVP_PKEY_free(key);
}

Certificate::~Certificate() { std::filesystem::remove_all(x_dir); }

}  // namespace cairn::server
