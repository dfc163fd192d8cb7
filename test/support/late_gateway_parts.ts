/**
 * Loads at once what gateways load late: for tests in which time stands still, since loading takes real time.
 *
 * @module
 */

import "../../src/archive/archive_source.ts";
import "../../src/gateway/answering.ts";
import "../../src/gateway/http_door.ts";
import "../../src/gateway/modules/alerts.ts";
import "../../src/gateway/modules/dicomweb.ts";
import "../../src/gateway/modules/echo.ts";
import "../../src/gateway/modules/events.ts";
import "../../src/gateway/modules/operations.ts";
import "../../src/gateway/modules/query_retrieve.ts";
import "../../src/gateway/modules/routing.ts";
import "../../src/gateway/modules/units.ts";
import "../../src/gateway/modules/web_peers.ts";
import "../../src/gateway/route_compiler.ts";
import "../../src/gateway/workflow_modules.ts";
