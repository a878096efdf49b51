import Foundation
import HingeArchive
import HingeGraph
import HingeHDF5
import Testing

@Suite struct ZipTests {
    @Test(arguments: Fixture.names(in: "keras", suffix: ".npz"))
    func rewritesArrays(_ name: String) throws {
        let arrays = try Npz.read(Fixture.map(name))
        #expect(!arrays.isEmpty)
        try Fixture.withTemporaryFolder { folder in
            let path = "\(folder)/copy.npz"
            try Npz.write(arrays, toPath: path)
            let again = try Npz.read(MappedFile(path: path))
            #expect(again.map(\.name) == arrays.map(\.name))
            #expect(again.map(\.tensor) == arrays.map(\.tensor))
            let first = try Data(contentsOf: URL(filePath: path))
            try Npz.write(arrays, toPath: path)
            #expect(try Data(contentsOf: URL(filePath: path)) == first)
        }
    }

    @Test func mapsTheWeightsInsideAKerasFile() throws {
        let file = try Fixture.map("keras/k315_seq.keras")
        let content = try ZipArchive(file: file).content(of: "model.weights.h5")
        let kernel = try HDF5Archive(region: content)
            .requiredDataset("layers/conv2d/vars/0").tensor()
        let other = try HDF5Archive(file: Fixture.map("keras/k315_seq.weights.h5"))
            .requiredDataset("layers/conv2d/vars/0").tensor()
        #expect(kernel == other)
        let address = kernel.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        let mapping = file.region.addresses
        #expect(mapping.contains(address), "the tensor is not in the mapped file")
    }
}

extension MemoryRegion {
    fileprivate var addresses: Range<UInt> {
        UInt(bitPattern: base)..<UInt(bitPattern: base) + UInt(byteCount)
    }
}
