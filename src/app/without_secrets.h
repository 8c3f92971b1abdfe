// Sources and targets whose messages do not show the secrets they were made with, whatever a server or a library puts
// into its errors.
//
// One thread, as what they wrap.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "naru/flow.h"
#include "naru/target.h"

namespace naru {

// Of each secret, wherever it stands, "***". `secrets`: longest first.
std::string without_secrets(std::string text, const std::vector<std::string>& secrets);
Error without_secrets(const Error& error, const std::vector<std::string>& secrets);

// The same one where there are none.
std::unique_ptr<Source> without_secrets(std::unique_ptr<Source> source, std::vector<std::string> secrets);
std::unique_ptr<Target> without_secrets(std::unique_ptr<Target> target, std::vector<std::string> secrets);

}  // namespace naru
