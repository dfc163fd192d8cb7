/**
 * `app-config.js` of OHIF: where its data comes from, and how it gets the token.
 *
 * @module
 */

/** The settings of the viewer, without the addresses. */
const SETTINGS = {
  routerBasename: "/ohif",
  extensions: [],
  modes: [],
  customizationService: {},
  showStudyList: true,
  maxNumberOfWebWorkers: 3,
  showLoadingIndicator: true,
  showWarningMessageForCrossOrigin: true,
  showCPUFallbackMessage: true,
  strictZSpacingForVolumeViewport: true,
  groupEnabledModesFirst: true,
  showErrorDetails: "always",
  defaultDataSourceName: "gantry",
};

/** The settings of DICOMweb, without the addresses. */
const DATA_SOURCE = {
  ...{ friendlyName: "Gantry", name: "gantry", qidoSupportsIncludeField: true },
  ...{ imageRendering: "wadors", thumbnailRendering: "thumbnail", thumbnailRequestStrategy: "fetch" },
  ...{ enableStudyLazyLoad: true, supportsFuzzyMatching: true, supportsWildcard: true },
  ...{ singlepart: "bulkdata,video,pdf", omitQuotationForMultipartRequest: true },
  bulkDataURI: { enabled: true },
};

/** Prompts for the token until it is right, keeps it while the tab is open, and adds it to the viewer's requests. */
const WITH_TOKEN = `
  const key = "gantry-token";
  const works = async (token) => {
    if (token === null || token === "") return false;
    const response = await fetch(api, { headers: { Authorization: "Bearer " + token, Accept: "application/json" } });
    // A token that may do other things but not read is wrong as well.
    return response.status !== 401 && response.status !== 403;
  };
  const find = async () => {
    let token = sessionStorage.getItem(key);
    while (!await works(token)) {
      token = prompt("Token of this gateway");
      if (token === null) return "";
    }
    sessionStorage.setItem(key, token);
    return token;
  };
  window.config = async () => {
    const token = await find();
    const extension = {
      id: "gantry.token",
      preRegistration({ servicesManager }) {
        servicesManager.services.userAuthenticationService.setServiceImplementation({
          getAuthorizationHeader: () => ({ Authorization: "Bearer " + token }),
        });
      },
    };
    return { ...config, extensions: [extension] };
  };
  window.config.routerBasename = config.routerBasename;`;

/** The script; `hasToken` says that the API needs a token, which is never in the script. */
export function viewerConfig(hasToken: boolean): string {
  return `(() => {
  const api = location.origin + "/dicom-web";
  const source = ${JSON.stringify(DATA_SOURCE)};
  Object.assign(source, { qidoRoot: api, wadoRoot: api, wadoUriRoot: api + "/wado" });
  const config = ${JSON.stringify(SETTINGS)};
  config.dataSources = [{
    namespace: "@ohif/extension-default.dataSourcesModule.dicomweb",
    sourceName: config.defaultDataSourceName,
    configuration: source,
  }];${hasToken ? WITH_TOKEN : "\n  window.config = config;"}
})();
`;
}
