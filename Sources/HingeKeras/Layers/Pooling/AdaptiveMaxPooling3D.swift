import HingeOperators

/// The largest element of as many windows as are asked for, over `[N, depth, height, width, C]`, N
/// the batch and C the channels.
///
/// Source: Keras `AdaptiveMaxPooling3D`.
struct AdaptiveMaxPooling3DLayer: AdaptivePoolingLayer {
    static let className = "AdaptiveMaxPooling3D"
    static let spatialRank = 3
    var outputSize: [Int]
    var dataFormat = DataFormat.channelsLast

    func pooling(over axis: Int) -> any Operator { ReduceMax(axes: [axis], keepsDimensions: true) }
    func pooling(_ window: SpatialWindow) -> any Operator { MaxPool(window: window) }
}
