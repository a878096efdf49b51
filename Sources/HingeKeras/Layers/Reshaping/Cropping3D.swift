/// The spatial axes of `[N, depth, height, width, C]` without their borders, N the batch and C the
/// channels.
///
/// Source: Keras `Cropping3D(cropping=1)`.
struct Cropping3DLayer: CroppingLayer {
    static let className = "Cropping3D"
    static let spatialRank = 3
    static let standard = 1
    var borders: [(begin: Int, end: Int)]
    var dataFormat = DataFormat.channelsLast
}
