// What stands in YAML as a value of a row: YAML's core schema, where a quoted scalar is a text. Pure; any thread.
#pragma once

#include "config/yaml.h"
#include "naru/value.h"

namespace naru {

Value value_of(const YamlNode& node);
Fields fields_of(const YamlNode& map);  // of a map; of a name that stands twice the last

}  // namespace naru
