import HingeOperators

/// The largest element of each window that slides over `[N, steps, C]`, N the batch and C the
/// channels.
///
/// Source: Keras `MaxPooling1D`.
struct MaxPooling1DLayer: PoolingLayer {
    static let className = "MaxPooling1D"
    static let spatialRank = 1
    var window: WindowSettings

    func pooling(_ window: SpatialWindow) -> any Operator { MaxPool(window: window) }
}
