import HingeOperators

/// The mean of the elements of each window that slides over `[N, height, width, C]`, N the batch
/// and C the channels.
///
/// What padding adds does not count.
///
/// Source: Keras `AveragePooling2D`.
struct AveragePooling2DLayer: PoolingLayer {
    static let className = "AveragePooling2D"
    static let spatialRank = 2
    var window: WindowSettings

    func pooling(_ window: SpatialWindow) -> any Operator { AveragePool(window: window) }
}
