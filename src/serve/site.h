// NaruSite: the one list of routes, and the way of every request through it: Host and Origin, the route, who calls, may
// they, then (with the body) the handler in its lane.
//
// Belongs to the server's thread; handlers run in Lanes. stop() before the Server and the Service go.
#pragma once

#include <string>

#include "serve/gate.h"
#include "serve/intake.h"
#include "serve/lanes.h"
#include "serve/metrics.h"
#include "serve/route.h"
#include "serve/server.h"
#include "serve/service.h"

namespace naru {

class NaruSite : public Site {
 public:
  NaruSite(Service& service, Intake& intake, KeyFile keys, const Server& server, Entrance entrance,
           std::stop_token draining);

  Admission admit(const HttpRequest& head) override;
  void handle(const Admission& admission, HttpRequest request, std::shared_ptr<Reply> reply) override;
  HttpResponse malformed(const std::string& path, unsigned status, const std::string& message) override;
  void certificate_changed(const Status& taken) override;

  std::string login_link();
  void stop() { lanes_.stop(); }

 private:
  Admission look(const HttpRequest& head);
  Admission deny(const HttpRequest& head, const Denied& denied, const std::string& allow = {});
  HttpResponse answer_here(const Route& route, const HttpRequest& request);
  HttpResponse log_in(const HttpRequest& request);
  void measure();              // the server's gauges, in its thread
  HttpResponse metrics() const;

  Service& service_;
  Intake& intake_;
  const Server& server_;
  const Entrance entrance_;
  const std::stop_token draining_;
  Gate gate_;
  Metrics metrics_;
  Lanes lanes_;
};

}  // namespace naru
