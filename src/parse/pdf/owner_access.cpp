#include "parse/pdf/owner_access.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "base/ascii.h"
#include "parse/pdf/file_objects.h"

namespace naru::pdf {

namespace {

// ISO 32000-2, 7.6.4: 32 bytes of hash, then two salts.
constexpr std::size_t kHashBytes = 32, kSaltBytes = 8, kEntryBytes = kHashBytes + 2 * kSaltBytes, kKeyBytes = 32;
constexpr std::size_t kBlockBytes = 16;
constexpr int kRoundsMin = 64, kRoundsMax = 1'000;  // a round ends it with a chance of one in eight from the 64th on
constexpr int kRepeats = 64;

std::string digest(const EVP_MD* kind, std::string_view bytes) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &length, kind, nullptr) !=
      1) {
    return {};
  }
  out.resize(length);
  return out;
}

enum class Direction : int { decrypt = 0, encrypt = 1 };

// Whole blocks, without padding. Empty: it failed.
std::string aes_cbc(const EVP_CIPHER* kind, std::string_view key, std::string_view vector, std::string_view bytes,
                    Direction direction) {
  struct Free {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };
  const std::unique_ptr<EVP_CIPHER_CTX, Free> context(EVP_CIPHER_CTX_new());
  const auto raw = [](std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  std::string out(bytes.size() + kBlockBytes, '\0');
  int length = 0;
  if (context == nullptr ||
      EVP_CipherInit_ex(context.get(), kind, nullptr, raw(key), raw(vector), static_cast<int>(direction)) != 1 ||
      EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1 ||
      EVP_CipherUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &length, raw(bytes),
                       static_cast<int>(bytes.size())) != 1) {
    return {};
  }
  out.resize(static_cast<std::size_t>(length));
  return out;
}

// Algorithm 2.B for the empty password. `user`: the user's entry, where the owner's password is meant.
std::string hash_of_empty(std::string_view salt, std::string_view user) {
  std::string key = digest(EVP_sha256(), std::string(salt) += user);
  for (int round = 0; round < kRoundsMax && key.size() >= kHashBytes; ++round) {
    std::string plain;
    for (int i = 0; i < kRepeats; ++i) (plain += key) += user;
    const std::string_view whole = key;
    const std::string packed = aes_cbc(EVP_aes_128_cbc(), whole.substr(0, kBlockBytes),
                                       whole.substr(kBlockBytes, kBlockBytes), plain, Direction::encrypt);
    if (packed.size() != plain.size()) return {};
    unsigned sum = 0;
    for (std::size_t i = 0; i < kBlockBytes; ++i) sum += static_cast<unsigned char>(packed[i]);
    key = digest(sum % 3 == 0 ? EVP_sha256() : sum % 3 == 1 ? EVP_sha384() : EVP_sha512(), packed);
    if (round + 1 >= kRoundsMin && static_cast<unsigned char>(packed.back()) <= round + 1 - 32) break;
  }
  key.resize(std::min(key.size(), kHashBytes));
  return key;
}

// "<00ff>" of so many bytes, as the writers of such files put them; empty for anything else.
std::string from_hexadecimal(std::string_view text, std::size_t bytes) {
  if (text.size() != 2 * bytes + 2 || text.front() != '<') return {};
  return from_hex(text.substr(1, 2 * bytes));
}

}  // namespace

std::optional<std::string> without_user_password(std::string_view bytes) {
  constexpr std::string_view kName = "/Encrypt";
  std::size_t at = bytes.rfind(kName);
  if (at == std::string_view::npos) return std::nullopt;
  FileObjects objects(bytes);
  at += kName.size();
  const std::string_view dictionary = objects.resolved(next_value(bytes, at));
  if (objects.value(dictionary, "/R") != "6") return std::nullopt;
  const std::string_view user_place = objects.value(dictionary, "/U"),
                         user_key_place = objects.value(dictionary, "/UE");
  const std::string user = from_hexadecimal(user_place, kEntryBytes);
  const std::string owner = from_hexadecimal(objects.value(dictionary, "/O"), kEntryBytes);
  const std::string owner_key = from_hexadecimal(objects.value(dictionary, "/OE"), kKeyBytes);
  if (user.empty() || owner.empty() || owner_key.empty()) return std::nullopt;
  if (from_hexadecimal(user_key_place, kKeyBytes).empty()) return std::nullopt;
  // In the file itself, not in a stream that was opened: there it can be written over.
  const auto in_file = [bytes](std::string_view place) {
    return place.data() >= bytes.data() && place.data() + place.size() <= bytes.data() + bytes.size();
  };
  if (!in_file(user_place) || !in_file(user_key_place)) return std::nullopt;
  const std::string_view owners = owner;
  if (hash_of_empty(owners.substr(kHashBytes, kSaltBytes), user) != owners.substr(0, kHashBytes)) return std::nullopt;
  const std::string no_vector(kBlockBytes, '\0'), salt(kSaltBytes, '\0');
  const std::string key = aes_cbc(EVP_aes_256_cbc(), hash_of_empty(owners.substr(kHashBytes + kSaltBytes), user),
                                  no_vector, owner_key, Direction::decrypt);
  const std::string empty_hash = hash_of_empty(salt, {});
  const std::string user_key = aes_cbc(EVP_aes_256_cbc(), empty_hash, no_vector, key, Direction::encrypt);
  if (user_key.size() != kKeyBytes) return std::nullopt;
  std::string out(bytes);
  const auto write = [&](std::string_view place, std::string_view value) {
    const std::string digits = to_hex(value);
    out.replace(static_cast<std::size_t>(place.data() - bytes.data()) + 1, digits.size(), digits);
  };
  write(user_place, empty_hash + salt + salt);
  write(user_key_place, user_key);
  return out;
}

}  // namespace naru::pdf
