import HingeOperators

/// The largest element of each window that slides over `[N, depth, height, width, C]`, N the batch
/// and C the channels.
///
/// Source: Keras `MaxPooling3D`.
struct MaxPooling3DLayer: PoolingLayer {
    static let className = "MaxPooling3D"
    static let spatialRank = 3
    var window: WindowSettings

    func pooling(_ window: SpatialWindow) -> any Operator { MaxPool(window: window) }
}
