// Makes test JPEGs of every kind that libjpeg writes.
#include "pictures/pictures.hh"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <jpeglib.h>

namespace pictures {
namespace {

/// The samples as libjpeg takes them. Gray is the first channel; CMYK is inverted with the option `adobe`.
std::vector<std::uint8_t> jpeg_samples(const fr::Image& image, const JpegOptions& options) {
  std::vector<std::uint8_t> samples;
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    const std::uint8_t* rgb = &image.rgb[i];
    if (options.channels == 1) {
      samples.push_back(rgb[0]);
    } else if (options.channels == 3) {
      samples.insert(samples.end(), rgb, rgb + 3);
    } else {
      const unsigned black = 255U - std::max({rgb[0], rgb[1], rgb[2]});
      for (int ink = 0; ink < 3; ++ink) {
        const unsigned light = 255U - black;
        const unsigned kept = light == 0 ? 255U : (rgb[ink] * 255U + light / 2) / light;
        samples.push_back(static_cast<std::uint8_t>(options.adobe ? kept : 255U - kept));
      }
      samples.push_back(static_cast<std::uint8_t>(options.adobe ? 255U - black : black));
    }
  }
  return samples;
}

void set_jpeg_options(jpeg_compress_struct& info, const JpegOptions& options) {
  info.input_components = options.channels;
  info.in_color_space = options.channels == 1 ? JCS_GRAYSCALE : options.channels == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&info);
  if (options.rgb) {
    jpeg_set_colorspace(&info, JCS_RGB);
  }
  if (options.channels == 4) {
    jpeg_set_colorspace(&info, options.ycck ? JCS_YCCK : JCS_CMYK);
    info.write_Adobe_marker = options.adobe ? TRUE : FALSE;
  }
  for (int i = 0; i < info.num_components && !options.halved; ++i) {
    info.comp_info[i].h_samp_factor = info.comp_info[i].v_samp_factor = 1;
  }
  jpeg_set_quality(&info, 100, TRUE);
  info.restart_in_rows = options.restart_rows;
  info.arith_code = options.arithmetic ? TRUE : FALSE;
  if (options.progressive) {
    jpeg_simple_progression(&info);
  }
}

}  // namespace

File jpeg(const fr::Image& image, const JpegOptions& options) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* made = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &made, &size);
  info.image_width = static_cast<JDIMENSION>(image.width);
  info.image_height = static_cast<JDIMENSION>(image.height);
  set_jpeg_options(info, options);
  jpeg_start_compress(&info, TRUE);
  if (!options.app1.empty()) {
    jpeg_write_marker(&info, JPEG_APP0 + 1, options.app1.data(), static_cast<unsigned>(options.app1.size()));
  }
  std::vector<std::uint8_t> samples = jpeg_samples(image, options);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = samples.data() + std::size_t{info.next_scanline} * info.image_width *
                                        static_cast<std::size_t>(options.channels);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  File file(made, made + size);
  jpeg_destroy_compress(&info);
  std::free(made);
  return file;
}

}  // namespace pictures
