/*
 * What the test of OHIF does in its page, by what OHIF gives there: cornerstone and services of its own. The value of this
 * script is an object of functions.
 */
(() => {
  const { cornerstone, services, extensionManager } = globalThis;

  /** The display set of a series. */
  const displaySetOf = (series) =>
    services.displaySetService.activeDisplaySets.find(({ SeriesInstanceUID }) => SeriesInstanceUID === series);

  /** The images of a series as cornerstone names them, frame by frame. */
  const imageIdsOf = (series) =>
    extensionManager.getActiveDataSource()[0].getImageIdsForDisplaySet(displaySetOf(series));

  const viewport = () => services.cornerstoneViewportService.getRenderingEngine().getViewports()[0];

  /** Resolves when an image was drawn for which something holds. */
  function drawn(begin, holds) {
    return new Promise((resolve) => {
      const type = cornerstone.Enums.Events.IMAGE_RENDERED;
      // Elements of viewports come and go with what they show: their events are heard on the way down.
      const listener = () => {
        if (!holds()) return;
        document.removeEventListener(type, listener, true);
        resolve();
      };
      document.addEventListener(type, listener, true);
      begin();
    });
  }

  return {
    /** Frames of a series as cornerstone's image loader decodes them: samples in base64, and what it multiplied and added. */
    async decoded(series) {
      const images = await Promise.all(imageIdsOf(series).map((imageId) => cornerstone.imageLoader.loadImage(imageId)));
      return images.map((image) => {
        const samples = image.getPixelData();
        const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
        const { scaled = false, scalingParameters: { rescaleSlope, rescaleIntercept } = {} } = image.preScale ?? {};
        return { samples: bytes.toBase64(), scale: scaled ? [rescaleSlope, rescaleIntercept] : [1, 0] };
      });
    },

    /** Puts a series into the viewport, and shows a frame; answers colours in the middle of each field, row by row. */
    async shown(series, frame, fields) {
      const [imageId] = imageIdsOf(series).slice(frame);
      const isThere = () => viewport()?.getCurrentImageId?.() === imageId;
      const { viewports, activeViewportId: viewportId } = services.viewportGridService.getState();
      const { displaySetInstanceUID } = displaySetOf(series);
      if (!viewports.get(viewportId).displaySetInstanceUIDs.includes(displaySetInstanceUID)) {
        const displaySetInstanceUIDs = [displaySetInstanceUID];
        const isOfSeries = () => imageIdsOf(series).includes(viewport()?.getCurrentImageId?.());
        await drawn(
          () => services.viewportGridService.setDisplaySetsForViewport({ viewportId, displaySetInstanceUIDs }),
          isOfSeries,
        );
      }
      await drawn(() => void viewport().setImageIdIndex(frame).then(() => viewport().render()), isThere);
      const { imageData, dimensions: [columns, rows] } = viewport().getImageData();
      const context = viewport().getCanvas().getContext("2d");
      return Array.from({ length: fields * fields }, (_, at) => {
        const middle = (field, length) => (field + 0.5) * length / fields - 0.5;
        const index = [middle(at % fields, columns), middle(Math.floor(at / fields), rows), 0];
        const [x, y] = viewport().worldToCanvas(imageData.indexToWorld(index));
        return [...context.getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data.slice(0, 3)];
      });
    },
  };
})();
