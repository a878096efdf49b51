import HingeOperators

/// The largest element of each window that slides over `[N, height, width, C]`, N the batch and C
/// the channels.
///
/// Source: Keras `MaxPooling2D`.
struct MaxPooling2DLayer: PoolingLayer {
    static let className = "MaxPooling2D"
    static let spatialRank = 2
    var window: WindowSettings

    func pooling(_ window: SpatialWindow) -> any Operator { MaxPool(window: window) }
}
