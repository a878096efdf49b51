import HingeOperators

/// The mean of the elements at all positions of `[N, height, width, C]`, N the batch and C the
/// channels: `[N, C]`.
///
/// Source: Keras `GlobalAveragePooling2D`.
struct GlobalAveragePooling2DLayer: GlobalPoolingLayer {
    static let className = "GlobalAveragePooling2D"
    static let spatialRank = 2
    var dataFormat = DataFormat.channelsLast
    var keepsDimensions = false

    func pooling(over axes: [Int], keepsDimensions: Bool) -> any Operator {
        ReduceMean(axes: axes, keepsDimensions: keepsDimensions)
    }
}
